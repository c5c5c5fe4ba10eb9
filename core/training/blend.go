package training

import (
	"homeroom/core/head"
	"homeroom/core/matrix"
)

// Blend is the mean of a linear and a means head, again linear.
const Blend head.Kind = "blend"

type blend struct{}

func (blend) traits() traits {
	return traits{kind: Blend, title: "Linear and class means", needs: []head.Kind{Linear, Means}, penalty: true, scout: Means}
}

func (blend) try(c *dataset, found map[head.Kind]*trial) (*trial, error) {
	return c.blend(found[Linear], found[Means]), nil
}

func (blend) alone(cfg Config) float64 { return linear{}.alone(cfg) }

func (blend) export(t *trial, s *head.Settings) {
	s.L2, s.Shrinkage = t.parts[0].Value, t.parts[1].Value
	s.Parts = [2]float64{t.parts[0].temperature, t.parts[1].temperature}
}

func (blend) fit(c *dataset, l *trainingSet, s head.Settings) (*head.Learnt, error) {
	a, err := linear{}.fit(c, l, s)
	if err != nil {
		return nil, err
	}
	b, err := means{}.fit(c, l, s)
	if err != nil {
		return nil, err
	}
	return &head.Learnt{Layers: []head.Layer{average(a.Layers[0], 1/s.Parts[0], b.Layers[0], 1/s.Parts[1])}}, nil
}

func (k blend) final(c *dataset, l *trainingSet, s head.Settings) (good, last *head.Learnt, err error) {
	good, err = k.fit(c, l, s)
	return good, nil, err
}

// blend tries the mean of two trials on one data set.
func (c *dataset) blend(a, b *trial) *trial {
	logits := matrix.New(len(c.held), len(c.bank.Classes))
	for i := range logits.Data {
		logits.Data[i] = a.logits.Data[i]/float32(2*a.temperature) + b.logits.Data[i]/float32(2*b.temperature)
	}
	t := c.judge(Blend, a.Value, logits)
	t.parts = []*trial{a, b}
	return t
}

// average is ½·(p·a + q·b).
func average(a head.Layer, p float64, b head.Layer, q float64) head.Layer {
	out := head.Layer{In: a.In, Out: a.Out, Weight: make([]float32, len(a.Weight)), Bias: make([]float32, len(a.Bias))}
	for i := range out.Weight {
		out.Weight[i] = float32((p*float64(a.Weight[i]) + q*float64(b.Weight[i])) / 2)
	}
	for i := range out.Bias {
		out.Bias[i] = float32((p*float64(a.Bias[i]) + q*float64(b.Bias[i])) / 2)
	}
	return out
}
