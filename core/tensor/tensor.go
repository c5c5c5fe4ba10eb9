// Package tensor holds the shapes and the float32 tensors that the rest of the core works on, and
// the arena that holds every activation of a network.
//
// A tensor is one photo's worth of data: there is no batch axis. The layout is NHWC with N = 1, so
// Data[(y*W+x)*C+c] is channel c at row y, column x.
package tensor

import "fmt"

// Shape is the extent of a tensor: H rows, W columns, C channels. A feature vector is 1×1×C; the
// tokens of a transformer are H tokens × 1 × C.
type Shape struct {
	H int `json:"h"`
	W int `json:"w"`
	C int `json:"c"`
}

// Len returns the number of elements, H × W × C.
func (s Shape) Len() int { return s.H * s.W * s.C }

// Pixels returns the number of positions, H × W.
func (s Shape) Pixels() int { return s.H * s.W }

// String returns the shape as "H×W×C".
func (s Shape) String() string { return fmt.Sprintf("%d×%d×%d", s.H, s.W, s.C) }

// Tensor is a shape with its elements. Data has at least Shape.Len() elements.
type Tensor struct {
	Shape
	Data []float32 // [H][W][C]
}

// New returns a zeroed tensor of shape h × w × c. It panics if an extent is negative.
func New(h, w, c int) Tensor {
	if h < 0 || w < 0 || c < 0 {
		panic("tensor: negative extent")
	}
	return Tensor{Shape{h, w, c}, make([]float32, h*w*c)}
}

// At returns the element at row y, column x, channel c.
func (t Tensor) At(y, x, c int) float32 { return t.Data[(y*t.W+x)*t.C+c] }
