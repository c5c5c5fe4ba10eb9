package model

import (
	"fmt"
	"math"
	"slices"

	"homeroom/core/feature"
	"homeroom/core/head"
	"homeroom/core/photo"
	"homeroom/core/tensor"
)

// AutoNetworks are what is chosen among, alone and joined, where a person leaves the network to the
// program, the first one first.
var AutoNetworks = []string{feature.Network, "efficientnet-lite2"}

// AutoViews are what is chosen among where a person leaves the views to the program.
var AutoViews = []feature.View{feature.Plain, feature.Flip, feature.Wide}

// closeness is what Close sees of the side of Plain.
const closeness = 0.8

// Space returns the feature space of this classifier and a view.
func (c *Classifier) Space(v feature.View) feature.Space {
	return feature.Space{Network: c.Model.Name, Size: c.prep.Size, View: v}
}

// FeatureDim returns the length of a feature vector, 0 where the network has none.
func (c *Classifier) FeatureDim() int {
	if c.Model.Graph.Feature == "" {
		return 0
	}
	f, err := c.program.Value(c.Model.Graph.Feature)
	if err != nil {
		return 0
	}
	return f.Len()
}

// LastFeatures returns the feature vector, [FeatureDim], of what was run last, by Answer, say. It
// returns an error as Features does.
func (c *Classifier) LastFeatures() ([]float32, error) {
	f, err := c.program.Value(c.Model.Graph.Feature)
	if err != nil {
		return nil, err
	}
	for _, x := range f.Data {
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			return nil, fmt.Errorf("%s gave a value that is not a finite number for this photo; take another network", c.Model.Name)
		}
	}
	return slices.Clone(f.Data), nil
}

// Features runs the network once for each view of a decoded photo and returns a feature vector,
// [FeatureDim], for each. The last view's maps stay readable until the next run. It returns an
// error for a network without a feature vector, and for features that are not finite numbers.
func (c *Classifier) Features(p *photo.Photo, views ...feature.View) ([][]float32, error) {
	if c.FeatureDim() == 0 {
		return nil, fmt.Errorf("%s has no feature vector to teach classes with; take another network", c.Model.Name)
	}
	var plain []byte
	out := make([][]float32, len(views))
	for i, v := range views {
		pix := plain
		switch v {
		case feature.Close, feature.Wide:
			pix = viewed(c.prep, v).Crop(p)
		default:
			if plain == nil {
				plain = c.prep.Crop(p)
			}
			pix = plain
		}
		switch v {
		case feature.Plain, feature.Close, feature.Wide:
		case feature.Flip:
			pix = mirror(pix, c.prep.Size)
		case feature.Bright:
			pix = power(pix, 2.0/3)
		case feature.Dark:
			pix = power(pix, 3.0/2)
		default:
			return nil, fmt.Errorf("there is no view %q of a photo", v)
		}
		c.prep.Normalise(c.program.Input(), pix)
		c.program.Run()
		var err error
		if out[i], err = c.LastFeatures(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Crop returns how a photo is resized, cut and normalised for a space of this model, and whether it
// is mirrored then. An error names a view that changes levels, which no cut can say.
func (m *Model) Crop(s feature.Space) (prep photo.Preprocess, mirrored bool, err error) {
	switch s.View {
	case feature.Plain, feature.Flip, feature.Close, feature.Wide:
	default:
		return prep, false, fmt.Errorf("%s: the view %q is of other levels, and no cut of the photo", s, s.View)
	}
	prep = m.Preprocess
	if s.Size != 0 {
		prep = prep.At(s.Size)
	}
	return viewed(prep, s.View), s.View == feature.Flip, nil
}

// viewed returns how a photo is prepared for a view, mirroring and brightness aside.
func viewed(prep photo.Preprocess, v feature.View) photo.Preprocess {
	switch v {
	case feature.Close:
		prep.Resize = int(math.Round(float64(prep.Shorter()) / closeness))
	case feature.Wide:
		prep.Squash, prep.Resize, prep.Finest = true, 0, prep.Shorter()
	}
	return prep
}

// FeatureMap returns the last feature map, [H][W][C], of the last run, valid until the next. Its
// mean over positions is the feature vector. It returns an error for a network that has none.
func (c *Classifier) FeatureMap() (tensor.Tensor, error) {
	if c.Model.Graph.Map == "" {
		return tensor.Tensor{}, fmt.Errorf("%s has no last feature map", c.Model.Name)
	}
	return c.program.Value(c.Model.Graph.Map)
}

// mirror returns size×size RGB8 pixels with left and right exchanged.
func mirror(pix []byte, size int) []byte {
	out := make([]byte, len(pix))
	for y := range size {
		for x := range size {
			copy(out[(y*size+x)*3:][:3], pix[(y*size+size-1-x)*3:][:3])
		}
	}
	return out
}

// power returns pixels with levels v turned into 255·(v/255)^exponent.
func power(pix []byte, exponent float64) []byte {
	var table [256]byte
	for v := range table {
		table[v] = byte(math.Round(255 * math.Pow(float64(v)/255, exponent)))
	}
	out := make([]byte, len(pix))
	for i, v := range pix {
		out[i] = table[v]
	}
	return out
}

// Rollout returns how much each patch of a photo went into the features of a vision transformer in
// the last run, as rows × columns × 1 with a sum of 1 (see [head.Rollout]). The classifier must
// have been made with Options.Attention.
func (c *Classifier) Rollout() (tensor.Tensor, error) {
	var layers []tensor.Tensor
	for _, name := range c.Model.Graph.Attentions() {
		a, err := c.program.Attention(name)
		if err != nil {
			return tensor.Tensor{}, err
		}
		layers = append(layers, a)
	}
	p, ok := c.Patches()
	if !ok || len(layers) == 0 {
		return tensor.Tensor{}, fmt.Errorf("%s has no attention to roll out", c.Model.Name)
	}
	return head.Rollout(layers, p.Rows, p.Columns, p.Prefix)
}
