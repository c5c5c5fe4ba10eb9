package project

import (
	"bytes"
	"context"
	"math/rand/v2"
	"reflect"
	"testing"

	"homeroom/core/head"
)

// sample is a small project with everything in it.
func sample(t testing.TB, kind head.Kind) *Project {
	r := rand.New(rand.NewPCG(1, 2))
	b := &head.Bank{}
	b.AddSpace("net@32", 6)
	b.AddSpace("net@32/flip", 6)
	p := &Project{
		Name: "Leaves", Created: 1700000000000, Saved: 1700000001000, Bank: b, Thumbs: map[uint64][]byte{},
		Networks: []Network{{Name: "net", SHA256: head.Hash{1, 2}}}, Settings: []byte(`{"theme":"dark"}`),
	}
	for c, name := range []string{"oak", "beech", "ash"} {
		b.AddClass(name)
		for i := range 12 {
			x := make([]float32, 6)
			for j := range x {
				x[j] = float32(r.NormFloat64())
			}
			x[c] += 3
			q := head.Photo{Name: name + ".jpg", Class: c, Hash: head.Hash{byte(c + 1), byte(i + 1)}, Taken: int64(1e12 + i*1e7), Features: [][]float32{x}}
			if i == 3 {
				q.Split = head.Valid
			}
			if i > 8 {
				q.Features = append(q.Features, x)
			}
			id, err := b.Add(q)
			if err != nil {
				t.Fatal(err)
			}
			if i%2 == 0 {
				p.Thumbs[id] = []byte{0xff, 0xd8, byte(i)}
			}
		}
	}
	got, err := head.Fit(context.Background(), b, head.Config{Kind: kind, Seed: 4})
	if err != nil {
		t.Fatal(err)
	}
	p.Versions = []Version{{ID: 1, Date: 1700000000500, Note: "first", Best: got.Best, Last: got.Last, Valid: got.Valid, Held: got.Held, Tried: got.Tried, Curve: got.Curve, Seconds: 1}}
	p.Current = 1
	return p
}

func TestRoundTrip(t *testing.T) {
	for _, kind := range []head.Kind{head.Linear, head.Means, head.Blend, head.MLP, head.KNN} {
		p := sample(t, kind)
		var a, c bytes.Buffer
		if err := Write(&a, p); err != nil {
			t.Fatal(err)
		}
		got, err := Read("leaves.homeroom", a.Bytes(), Limits{})
		if err != nil {
			t.Fatal(kind, err)
		}
		if err := Write(&c, got); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a.Bytes(), c.Bytes()) {
			t.Errorf("%s: what was read is written in other bytes", kind)
		}
		if !reflect.DeepEqual(p.Bank.Photos[20].Features[0], got.Bank.Photos[20].Features[0]) || got.Bank.Photos[20].Hash != p.Bank.Photos[20].Hash {
			t.Errorf("%s: photos differ", kind)
		}
		rows := p.Bank.Rows(head.Train)
		want, _ := p.Head().AnswerRows(p.Bank, rows)
		have, err := got.Head().AnswerRows(got.Bank, rows)
		if err != nil || !reflect.DeepEqual(want, have) {
			t.Errorf("%s: answers differ: %v", kind, err)
		}
	}
}
