package head

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"homeroom/core/bank"
	"homeroom/core/fault"
	"homeroom/core/safetensors"
)

const (
	headMeta    = "homeroom-head"
	headVersion = 1
	maxMeta     = 4 << 20 // bytes of a head's description, which is mostly the names of its classes
)

// headFile is the JSON beside the tensors of a head.
type headFile struct {
	Version int `json:"version"`
	*Head
	Layers int  `json:"layers"`
	Memory bool `json:"memory,omitempty"`
	K      int  `json:"neighbours,omitempty"`
}

// MarshalBinary writes the head as a safetensors file: what a JSON string under "homeroom-head" in
// its metadata says, and tensors named "mean", "factor", "0.weight", "0.bias" and so on. The same
// head always gives the same bytes.
func (h *Head) MarshalBinary() ([]byte, error) {
	meta := headFile{Version: headVersion, Head: h, Layers: len(h.Layers)}
	d := len(h.Scale.Mean)
	f := safetensors.File{Tensors: []safetensors.Tensor{
		{Name: "mean", Dims: []int{d}, F32: h.Scale.Mean},
		{Name: "factor", Dims: []int{d}, F32: h.Scale.Factor},
	}}
	for i, l := range h.Layers {
		f.Tensors = append(f.Tensors,
			safetensors.Tensor{Name: fmt.Sprintf("%d.weight", i), Dims: []int{l.Out, l.In}, F32: l.Weight},
			safetensors.Tensor{Name: fmt.Sprintf("%d.bias", i), Dims: []int{l.Out}, F32: l.Bias})
	}
	if m := h.Memory; m != nil {
		meta.Memory, meta.K = true, m.K
		class := make([]int32, len(m.Class))
		for i, c := range m.Class {
			class[i] = int32(c)
		}
		f.Tensors = append(f.Tensors,
			safetensors.Tensor{Name: "memory", Dims: []int{len(class), m.Dim}, F32: m.Rows},
			safetensors.Tensor{Name: "memory.class", Dims: []int{len(class)}, I32: class})
	}
	f.Tensors = append(f.Tensors, h.Unknown.tensors()...)
	text, err := json.Marshal(meta)
	if err != nil {
		return nil, err
	}
	f.Meta = map[string]string{headMeta: string(text)}
	var out bytes.Buffer
	_, err = f.WriteTo(&out)
	return out.Bytes(), err
}

// UnmarshalBinary reads what MarshalBinary wrote. It trusts nothing: a head that was read answers
// without a panic. An error says what is wrong and leaves h as it was.
func (h *Head) UnmarshalBinary(data []byte) error {
	f, err := safetensors.Read(data)
	if err != nil {
		return fault.Errorf("the head cannot be read: %w", err)
	}
	var in Head
	if err := in.load(f); err != nil {
		return fault.Errorf("the head cannot be used: %w", err)
	}
	*h = in
	return nil
}

func (h *Head) load(f *safetensors.File) error {
	meta := headFile{Head: h}
	if f.Meta[headMeta] == "" {
		return errors.New("the file holds no head")
	}
	if n := len(f.Meta[headMeta]); n > maxMeta {
		return fault.Errorf("its description has %d bytes, and at most %d are read", n, maxMeta)
	}
	if err := json.Unmarshal([]byte(f.Meta[headMeta]), &meta); err != nil {
		return err
	}
	if meta.Head != h {
		return errors.New("its description is of another form")
	}
	if meta.Version != headVersion {
		return fault.Errorf("it has version %d, and this program reads version %d; a newer program may read it", meta.Version, headVersion)
	}
	if len(h.Classes) < 1 || len(h.Classes) > bank.MaxClasses {
		return fault.Errorf("it has %d classes", len(h.Classes))
	}
	if !(h.Temperature >= 1/maxValue && h.Temperature <= maxValue) {
		return fault.Errorf("its temperature is %v", h.Temperature)
	}
	if err := h.Settings.check(); err != nil {
		return err
	}
	if len(h.Spaces) > bank.MaxSpaces {
		return fault.Errorf("it reads %d kinds of features", len(h.Spaces))
	}
	for _, s := range h.Spaces {
		if s.Dim < 1 || s.Dim > bank.MaxDimension {
			return fault.Errorf("features %q have %d values", s.Name, s.Dim)
		}
	}
	if len(h.Input) > bank.MaxSpaces || len(h.Input.Spaces()) != len(h.Spaces) {
		return errors.New("its input and its features do not agree")
	}
	r, err := h.Input.Reader(h.Spaces)
	if err != nil {
		return err
	}
	floats := func(name string, dims ...int) []float32 {
		v, e := f.Floats(name, dims...)
		if err == nil && e == nil && !bounded(v) {
			e = fault.Errorf("tensor %q has values that are not finite numbers, or beyond %g", name, maxValue)
		}
		if err == nil {
			err = e
		}
		return v
	}
	h.Scale = Scale{Root: h.Settings.Root, Parts: r.Dims, Mean: floats("mean", r.Dim), Factor: floats("factor", r.Dim)}
	if meta.Layers < 0 || meta.Layers > 2 || (meta.Layers > 0) == meta.Memory {
		return fault.Errorf("it has %d layers", meta.Layers)
	}
	in := r.Dim
	for i := range meta.Layers {
		name := fmt.Sprintf("%d.bias", i)
		t := f.Tensor(name)
		if t == nil || len(t.Dims) != 1 || i == meta.Layers-1 && t.Dims[0] != len(h.Classes) {
			return fault.Errorf("tensor %q is missing, or of another size", name)
		}
		out := t.Dims[0]
		h.Layers = append(h.Layers, Layer{in, out, floats(fmt.Sprintf("%d.weight", i), out, in), floats(name, out)})
		in = out
	}
	if meta.Memory {
		t := f.Tensor("memory.class")
		if t == nil || len(t.Dims) != 1 || t.Dims[0] < 1 || meta.K < 1 {
			return errors.New("its photos are missing")
		}
		class, e := f.Ints("memory.class", t.Dims[0])
		if e != nil {
			return e
		}
		m := &Memory{K: meta.K, Dim: r.Dim, Rows: floats("memory", len(class), r.Dim), Class: make([]int, len(class))}
		for i, c := range class {
			if c < 0 || int(c) >= len(h.Classes) {
				return fault.Errorf("a photo of it is of class %d of %d", c, len(h.Classes))
			}
			m.Class[i] = int(c)
		}
		h.Memory = m
	}
	if err != nil {
		return err
	}
	if err := h.Unknown.load(f, r.Dim, len(h.Classes), h.Temperature); err != nil {
		return err
	}
	h.Pack()
	return nil
}
