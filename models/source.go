package models

import (
	"maps"
	"slices"
)

// Source gives the tensors of a checkpoint by name.
type Source interface {
	// Names returns the names of all tensors.
	Names() []string
	// Dims returns a tensor's extents, outermost first, or nil where there is no tensor of that
	// name. A scalar has an empty list that is not nil.
	Dims(name string) []int
	// Floats returns a tensor's elements in row-major order, in a slice that is the caller's to
	// keep and change.
	Floats(name string) ([]float32, error)
}

// MapSource is a Source held in memory.
type MapSource map[string]MapTensor

// MapTensor is a tensor of a MapSource, row-major.
type MapTensor struct {
	Dims []int
	Data []float32
}

// Names returns the names of all tensors, sorted.
func (m MapSource) Names() []string { return slices.Sorted(maps.Keys(m)) }

// Dims returns a tensor's extents, or nil.
func (m MapSource) Dims(name string) []int {
	t, ok := m[name]
	if ok && t.Dims == nil {
		return []int{}
	}
	return t.Dims
}

// Floats returns a copy of a tensor's elements.
func (m MapSource) Floats(name string) ([]float32, error) { return slices.Clone(m[name].Data), nil }
