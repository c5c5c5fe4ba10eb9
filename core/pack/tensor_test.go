package pack

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func weights(seed uint64, n int) []float32 {
	r := rand.New(rand.NewPCG(seed, 1))
	w := make([]float32, n)
	for i := range w {
		w[i] = float32(r.NormFloat64()) / 8
	}
	return w
}

func TestEncodeDecode(t *testing.T) {
	for _, c := range []struct {
		dims []int
		ask  DType
		got  DType
		tol  float64 // of max|w| of the slice
	}{
		{[]int{}, F32, F32, 0},
		{[]int{}, I8, F32, 0},
		{[]int{7}, I8, F32, 0},
		{[]int{7}, F16, F16, 0x1p-11},
		{[]int{3, 5}, F32, F32, 0},
		{[]int{3, 5}, F16, F16, 0x1p-11},
		{[]int{3, 5}, I8, I8, 1.0001 / 127},
		{[]int{8, 3, 3, 3}, I8, I8, 1.0001 / 127},
		{[]int{1, 1}, I8, I8, 1e-6},
	} {
		n := 1
		for _, d := range c.dims {
			n *= d
		}
		w := weights(uint64(n), n)
		x := Encode("x", c.dims, w, c.ask)
		if x.DType != c.got || x.Len() != n || !slices.Equal(x.Dims, c.dims) {
			t.Errorf("%v as %v: %v, %d elements, dims %v", c.dims, c.ask, x.DType, x.Len(), x.Dims)
			continue
		}
		all := make([]float32, n)
		x.Floats(all)
		rows := 1
		if len(c.dims) > 0 {
			rows = c.dims[0]
		}
		for i := range rows {
			row := make([]float32, n/rows)
			x.Row(i, row)
			want := w[i*len(row) : (i+1)*len(row)]
			if !slices.Equal(row, all[i*len(row):(i+1)*len(row)]) {
				t.Errorf("%v as %v: row %d isn't its part of Floats", c.dims, c.ask, i)
			}
			var top float64
			for _, v := range want {
				top = max(top, math.Abs(float64(v)))
			}
			for j := range row {
				if d := math.Abs(float64(row[j]) - float64(want[j])); d > c.tol*top {
					t.Errorf("%v as %v: [%d][%d] is %v, want %v", c.dims, c.ask, i, j, row[j], want[j])
				}
			}
		}
	}
}

func TestQuantise(t *testing.T) {
	for _, c := range []struct {
		name  string
		w     []float32
		q     []int8
		scale float32
	}{
		{"zeros", []float32{0, 0, 0}, []int8{0, 0, 0}, 0},
		{"extremes", []float32{127, -127, 0}, []int8{127, -127, 0}, 1},
		{"ties to even", []float32{254, 1, 3, 5, -1, -3}, []int8{127, 0, 2, 2, 0, -2}, 2},
		{"negative largest", []float32{-254, 2}, []int8{-127, 1}, 2},
		{"a scale below float32", []float32{math.SmallestNonzeroFloat32, 0}, []int8{0, 0}, 0},
		{"a coarse subnormal scale", []float32{180 * math.SmallestNonzeroFloat32, -1 * math.SmallestNonzeroFloat32}, []int8{127, -1}, math.SmallestNonzeroFloat32},
		{"the largest", []float32{math.MaxFloat32, -math.MaxFloat32}, []int8{127, -127}, math.MaxFloat32 / 127},
	} {
		x := Encode(c.name, []int{1, len(c.w)}, c.w, I8)
		got := make([]int8, len(x.Data))
		for i, b := range x.Data {
			got[i] = int8(b)
		}
		if x.Scale[0] != c.scale || !slices.Equal(got, c.q) {
			t.Errorf("%s: %v × %v, want %v × %v", c.name, got, x.Scale[0], c.q, c.scale)
		}
	}
}

// The errors of a slice add up to half a step at most, and no weight is off by more than one.
func TestErrorsCancel(t *testing.T) {
	w := weights(9, 16*90)
	x := Encode("x", []int{16, 90}, w, I8)
	row := make([]float32, 90)
	for i := range 16 {
		x.Row(i, row)
		sum := 0.0
		for j, v := range row {
			e := float64(w[i*90+j]) - float64(v)
			sum += e
			if math.Abs(e) > 1.001*float64(x.Scale[i]) {
				t.Errorf("row %d, weight %d is off by %v steps", i, j, e/float64(x.Scale[i]))
			}
		}
		if math.Abs(sum) > 0.501*float64(x.Scale[i]) {
			t.Errorf("the errors of row %d add up to %v steps", i, sum/float64(x.Scale[i]))
		}
	}
}

// Each slice has its own scale, so a small one isn't drowned by a large one.
func TestScaleASlice(t *testing.T) {
	x := Encode("x", []int{2, 2}, []float32{1000, -500, 0.001, 0.0005}, I8)
	row := make([]float32, 2)
	x.Row(1, row)
	if math.Abs(float64(row[1])-0.0005) > 0.5*0.001/127*1.01 {
		t.Errorf("the small slice is %v", row)
	}
}

func TestProgrammerErrorsPanic(t *testing.T) {
	x := Encode("x", []int{2, 2}, make([]float32, 4), F32)
	for name, f := range map[string]func(){
		"elements":   func() { Encode("x", []int{2, 3}, make([]float32, 5), F32) },
		"zero dim":   func() { Encode("x", []int{0, 3}, nil, F32) },
		"dtype":      func() { Encode("x", []int{1}, make([]float32, 1), DType(9)) },
		"NaN":        func() { Encode("x", []int{1, 1}, []float32{float32(math.NaN())}, I8) },
		"infinity":   func() { Encode("x", []int{1, 1}, []float32{float32(math.Inf(-1))}, I8) },
		"Floats":     func() { x.Floats(make([]float32, 3)) },
		"Row length": func() { x.Row(0, make([]float32, 3)) },
		"Row index":  func() { x.Row(2, make([]float32, 2)) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

func TestParseDType(t *testing.T) {
	for _, d := range []DType{F32, F16, I8} {
		if got, err := ParseDType(d.String()); err != nil || got != d {
			t.Errorf("%v: %v, %v", d, got, err)
		}
	}
	if d, err := ParseDType("int8"); err != nil || d != I8 {
		t.Errorf("int8: %v, %v", d, err)
	}
	if _, err := ParseDType("f64"); err == nil {
		t.Error("f64 is taken")
	}
}

// What runs on this machine gives what its portable twin gives, and writes nowhere else.
func TestDequantise(t *testing.T) {
	for n := range 70 {
		src := make([]byte, n)
		for i := range src {
			src[i] = byte(i*37 + n)
		}
		var rooms [2][]float32
		for i, f := range []func([]float32, []byte, float32){dequantise, dequantisePortable} {
			rooms[i] = slices.Repeat([]float32{-7}, n+8)
			f(rooms[i][4:n+4:n+4], src, 0.0123)
		}
		if !slices.Equal(rooms[0], rooms[1]) {
			t.Errorf("%d weights: %v, want %v", n, rooms[0], rooms[1])
		}
	}
}
