package model

import (
	"bytes"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"homeroom/core/photo"
)

func classifierOf(t *testing.T, m *Model) *Classifier {
	t.Helper()
	c, err := NewClassifier(m, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// TestIncoming opens packs of both versions as their bytes come, with rehearsals in between: the
// answers are those of Read, to the bit.
func TestIncoming(t *testing.T) {
	for _, name := range []string{"efficientnet-lite0", "efficientnet-lite1", "vit-cifar10", "se-resnet20-cifar10"} {
		path := filepath.Join(packs, name+".pack")
		data := readFile(t, path)
		m, err := Read(path, data)
		if err != nil {
			t.Fatal(err)
		}
		in, err := ReadFrom(path, iotest.HalfReader(bytes.NewReader(data)))
		if err != nil {
			t.Fatal(err)
		}
		if err := in.Rehearse(0, nil, true); err != nil {
			t.Errorf("%s, before any weights: %v", name, err)
		}
		n := 0
		for err = in.Next(); err == nil; err = in.Next() {
			if n++; n%9 == 0 {
				if err := in.Rehearse(64, nil, true); err != nil && !strings.Contains(err.Error(), "only") {
					t.Errorf("%s, after %d tensors: %v", name, n, err)
				}
			}
		}
		if !errors.Is(err, io.EOF) || n != len(m.tensors()) {
			t.Fatalf("%s: %d tensors, then %v", name, n, err)
		}
		streamed, err := in.All()
		if err != nil {
			t.Fatal(err)
		}
		want, err := m.Fingerprint()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := streamed.Fingerprint(); err != nil || got != want || streamed.Coded != m.Coded || streamed.Title != m.Title {
			t.Errorf("%s is another: %x, %v", name, got, err)
		}
		a, b := classifierOf(t, m), classifierOf(t, streamed)
		if b.program.Packed() != streamed.packed {
			t.Errorf("%s was laid out anew", name)
		}
		p, err := photo.Decode(readFile(t, filepath.Join(photos, "koala.jpg")), photo.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		x := a.Input(p)
		if got, want := slices.Clone(b.RunTensor(x)), a.RunTensor(x); !slices.Equal(got, want) {
			t.Errorf("%s answers otherwise", name)
		}
	}
}

// TestIncomingGoesWrong: wherever the bytes end or one is another, the error is that of Read.
func TestIncomingGoesWrong(t *testing.T) {
	path := filepath.Join(packs, "se-resnet20-cifar10.pack")
	data := readFile(t, path)
	open := func(data []byte) error {
		in, err := ReadFrom(path, bytes.NewReader(data))
		if err == nil {
			_, err = in.All()
		}
		return err
	}
	for n := 0; n < len(data); n += 1 + len(data)/23 {
		if err := open(data[:n]); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "again") {
			t.Errorf("cut to %d bytes: %v", n, err)
		}
		damaged := slices.Clone(data)
		damaged[n] ^= 4
		if err := open(damaged); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("byte %d is another: %v", n, err)
		}
	}
	if err := open(append(slices.Clone(data), 0)); err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("with a byte more: %v", err)
	}
}
