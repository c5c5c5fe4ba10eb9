package graph

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"homeroom/core/kernel"
	"homeroom/core/pack"
	"homeroom/core/tensor"
)

// net builds graphs for tests.
type net struct {
	*Graph
	r *rand.Rand
}

func newNet(seed uint64) *net {
	return &net{&Graph{Params: map[string]*pack.Tensor{}}, rand.New(rand.NewPCG(seed, 1))}
}

// param adds a parameter of small random numbers and returns its name.
func (b *net) param(dims ...int) string {
	n := 1
	for _, d := range dims {
		n *= d
	}
	w := make([]float32, n)
	fan := n / dims[0]
	for i := range w {
		w[i] = float32(b.r.NormFloat64() / math.Sqrt(float64(fan)+1))
	}
	name := fmt.Sprintf("p%d", len(b.Params))
	b.Params[name] = pack.Encode(name, dims, w, pack.F32)
	return name
}

// positive is a parameter like a variance.
func (b *net) positive(n int) string {
	w := make([]float32, n)
	for i := range w {
		w[i] = 0.5 + b.r.Float32()
	}
	name := fmt.Sprintf("p%d", len(b.Params))
	b.Params[name] = pack.Encode(name, []int{n}, w, pack.F32)
	return name
}

func (b *net) add(op Op, n Node, in ...string) string {
	n.Op, n.In, n.Name = op, in, fmt.Sprintf("%s%d", op, len(b.Nodes))
	b.Nodes = append(b.Nodes, n)
	b.Output = n.Name
	return n.Name
}

func (b *net) conv(in string, c, oc, k, stride, groups int, n Node) string {
	n.Weight, n.Bias = b.param(oc, k, k, c/groups), b.param(oc)
	n.Kernel, n.Stride, n.Groups = [2]int{k, k}, [2]int{stride, stride}, groups
	return b.add(Conv, n, in)
}

// networks returns graphs that have every layer and every way of fusing.
func networks() map[string]*net {
	nets := map[string]*net{"residual": residualNet(), "mobile": mobileNet(), "joined": joinedNet(), "windows": windowsNet(), "activations": activationsNet()}
	for i, channels := range []int{24, 64, 16} {
		nets[fmt.Sprintf("transformer%d", i)] = transformerNet(i, channels)
	}
	return nets
}

// residualNet has residuals that are fused, once into one of two convolutions.
func residualNet() *net {
	b := newNet(1)
	x := b.conv(Input, 3, 16, 3, 2, 1, Node{Pad: [4]int{1, 1, 1, 1}})
	x = b.add(BatchNorm, Node{Weight: b.param(16), Bias: b.param(16), Mean: b.param(16), Var: b.positive(16), Eps: 1e-5}, x)
	x = b.add(ReLU, Node{}, x)
	x = b.add(MaxPool, Node{Kernel: [2]int{3, 3}, Stride: [2]int{2, 2}, Pad: [4]int{1, 1, 1, 1}, Ceil: true}, x)
	y := b.conv(x, 16, 16, 3, 1, 1, Node{Pad: [4]int{1, 1, 1, 1}})
	y = b.add(ReLU, Node{}, y)
	y = b.conv(y, 16, 16, 3, 1, 4, Node{Pad: [4]int{2, 2, 2, 2}, Dilation: [2]int{2, 2}})
	x = b.add(Add, Node{}, y, x) // the residual is fused
	x = b.add(ReLU, Node{}, x)
	y = b.conv(x, 16, 16, 1, 1, 1, Node{})
	z := b.conv(x, 16, 16, 1, 1, 1, Node{})
	x = b.add(Add, Node{}, y, z) // one of two convolutions takes it
	b.Map = x
	x = b.add(GAP, Node{}, x)
	b.Feature = x
	x = b.add(Dense, Node{Weight: b.param(11, 16), Bias: b.param(11)}, x)
	b.add(Softmax, Node{}, x)
	return b
}

// mobileNet has the activations, depthwise convolutions and squeeze-and-excitation.
func mobileNet() *net {
	b := newNet(2)
	x := b.conv(Input, 3, 8, 3, 2, 1, Node{Same: true})
	x = b.add(HardSwish, Node{}, x)
	y := b.conv(x, 8, 32, 1, 1, 1, Node{})
	y = b.add(SiLU, Node{}, y)
	y = b.conv(y, 32, 32, 5, 2, 32, Node{Same: true})
	y = b.add(ReLU6, Node{}, y)
	s := b.add(GAP, Node{}, y)
	s = b.conv(s, 32, 4, 1, 1, 1, Node{})
	s = b.add(ReLU, Node{}, s)
	s = b.conv(s, 4, 32, 1, 1, 1, Node{})
	s = b.add(HardSigmoid, Node{}, s)
	y = b.add(Mul, Node{}, y, s)
	y = b.conv(y, 32, 12, 1, 1, 1, Node{})
	y = b.add(GELU, Node{}, y)
	y = b.add(AvgPool, Node{Kernel: [2]int{3, 2}, Stride: [2]int{2, 1}, Pad: [4]int{1, 0, 1, 0}, CountPad: true}, y)
	y = b.add(Tanh, Node{}, y)
	y = b.add(AdaptiveAvgPool, Node{Kernel: [2]int{2, 3}}, y)
	y = b.add(Flatten, Node{}, y)
	y = b.add(Dense, Node{Weight: b.param(9, 72)}, y)
	b.add(Sigmoid, Node{}, y)
	return b
}

// joinedNet has maps that are joined, cut, shuffled and normalised by groups.
func joinedNet() *net {
	b := newNet(6)
	x := b.conv(Input, 3, 12, 3, 1, 1, Node{Same: true})
	x = b.add(ELU, Node{Alpha: 0.7}, x)
	y := b.conv(x, 12, 20, 3, 1, 1, Node{Same: true})
	y = b.add(Mish, Node{}, y)
	x = b.add(Concat, Node{}, x, Input, y)
	x = b.add(BatchNorm, Node{Weight: b.param(35), Bias: b.param(35), Mean: b.param(35), Var: b.positive(35), Eps: 1e-5}, x)
	x = b.add(LeakyReLU, Node{Alpha: 0.1}, x)
	x = b.add(Shuffle, Node{Groups: 5}, x)
	y = b.add(Slice, Node{Index: 3, Count: 16}, x)
	y = b.add(GroupNorm, Node{Groups: 4, Weight: b.param(16), Bias: b.param(16), Eps: 1e-5}, y)
	y = b.add(GELUTanh, Node{}, y)
	y = b.add(AvgPool, Node{Kernel: [2]int{2, 2}, Stride: [2]int{2, 2}, Ceil: true, CountPad: true}, y)
	y = b.add(Upsample, Node{Scale: [2]int{2, 3}, Linear: true}, y)
	y = b.add(GroupNorm, Node{Groups: 16, Eps: 1e-3}, y)
	y = b.add(Upsample, Node{Scale: [2]int{3, 1}}, y)
	y = b.add(Pad, Node{Pad: [4]int{1, 2, 0, 3}, Border: "reflect"}, y)
	y = b.add(Pad, Node{Pad: [4]int{2, 0, 1, 1}, Border: "edge"}, y)
	y = b.add(Pad, Node{Pad: [4]int{0, 1, 1, 2}, Fill: -0.3}, y)
	y = b.add(Clip, Node{Low: 0.5, High: 1e9}, y)
	y = b.add(Sqrt, Node{}, y)
	y = b.add(Reciprocal, Node{}, y)
	y = b.add(AvgPool, Node{Kernel: [2]int{3, 3}, Stride: [2]int{2, 2}, Pad: [4]int{1, 1, 1, 0}, Ceil: true, CountPad: true}, y)
	y = b.add(Clip, Node{Low: -0.4, High: 0.8}, y)
	b.Map = y
	z := b.add(GMP, Node{}, y)
	s := b.add(GAP, Node{}, y)
	s = b.add(Concat, Node{}, s, z)
	b.Feature = s
	z = b.add(Slice, Node{Index: 2, Count: 24}, s)
	b.add(Dense, Node{Weight: b.param(7, 24), Bias: b.param(7)}, z)
	return b
}

// activationsNet has every activation there is, of numbers on both sides of 0.
func activationsNet() *net {
	b := newNet(8)
	x := b.conv(Input, 3, 5, 3, 2, 1, Node{Same: true})
	var all []string
	for _, bounds := range []Node{{Low: -5, High: -0.5}, {Low: 0.5, High: 5}} {
		y := b.add(Clip, bounds, x)
		for _, a := range activations() {
			all = append(all, b.add(a.op, Node{Alpha: 0.3, Low: -2, High: 2}, y))
		}
	}
	x = b.add(GAP, Node{}, b.add(Concat, Node{}, all...))
	b.add(Dense, Node{Weight: b.param(7, 5*len(all)), Bias: b.param(7)}, x)
	return b
}

// windowsNet has attention within windows of what a walk takes, at one size.
func windowsNet() *net {
	b := newNet(7)
	b.FixedSize = 12
	x := b.conv(Input, 3, 10, 1, 1, 1, Node{})
	x = b.add(Rearrange, Node{Walk: Walk{{2, 720}, {2, 60}, {6, 120}, {6, 10}, {10, 1}}, Count: 1440, Grid: [2]int{144, 1}}, x)
	q := b.add(Dense, Node{Weight: b.param(24, 10), Bias: b.param(24)}, x)
	heads := Walk{{4, 36 * 24}, {2, 4}}
	z := b.add(MatMul, Node{Left: &Matrices{Count: 144 * 24, Walk: heads, Down: 24, Right: 1}, Right: &Matrices{Count: 144 * 24, Index: 8, Walk: heads, Down: 1, Right: 24},
		Rows: 36, Depth: 4, Columns: 36, Alpha: 0.5}, q, q)
	z = b.add(Bias, Node{Weight: b.param(72, 36)}, z)
	z = b.add(Softmax, Node{}, z)
	y := b.add(MatMul, Node{Left: &Matrices{Count: 4 * 72 * 36, Walk: Walk{{8, 36 * 36}}, Down: 36, Right: 1}, Right: &Matrices{Count: 144 * 24, Index: 16, Walk: heads, Down: 24, Right: 1},
		Rows: 36, Depth: 36, Columns: 4, Alpha: 1}, z, q)
	z = b.add(MatMul, Node{Left: &Matrices{Count: 1440, Down: 1, Right: 10}, Right: &Matrices{Count: 144 * 24, Down: 48, Right: 2}, Rows: 10, Depth: 70, Columns: 5, Alpha: 1}, x, q)
	y = b.add(Rearrange, Node{Walk: Walk{{4, 288}, {36, 4}, {2, 144}, {4, 1}}, Count: 1152, Grid: [2]int{144, 1}}, y)
	s := b.add(GAP, Node{}, y)
	z = b.add(Rearrange, Node{Walk: Walk{{3, 0}, {8, 1}}, Index: 3, Count: 50, Grid: [2]int{3, 1}}, z)
	z = b.add(ConcatRows, Node{}, s, z, y)
	b.add(Rearrange, Node{Walk: Walk{{20, 7}}, Index: 5, Count: 148 * 8, Grid: [2]int{1, 1}}, z)
	return b
}

// transformerNet is the i-th vision transformer: with a class token that is read, with the mean of
// the other tokens, and with registers.
func transformerNet(i, c int) *net {
	b := newNet(uint64(3 + i))
	x := b.conv(Input, 3, c, 4, 4, 1, Node{})
	tokens := Node{Token: b.param(c), Weight: b.param(1+9, c), Grid: [2]int{3, 3}, Prefix: 1}
	if i == 2 { // a class token with a position, two registers without
		tokens.Token = b.param(3, c)
	}
	x = b.add(Tokens, tokens, x)
	y := b.add(LayerNorm, Node{Weight: b.param(c), Bias: b.param(c), Eps: 1e-6}, x)
	y = b.add(Dense, Node{Weight: b.param(3*c, c), Bias: b.param(3 * c)}, y)
	y = b.add(Attention, Node{Heads: 2}, y)
	y = b.add(Dense, Node{Weight: b.param(c, c), Bias: b.param(c)}, y)
	x = b.add(Add, Node{}, x, y)
	if i == 0 {
		x = b.add(Token, Node{}, x)
	} else {
		x = b.add(DropToken, Node{Index: (i - 1) * 3}, x)
		x = b.add(GAP, Node{}, x)
	}
	b.add(Dense, Node{Weight: b.param(5, c), Bias: b.param(5)}, x)
	return b
}

func (b *net) floats(name string, n int, v float64) []float64 {
	out := make([]float64, n)
	if name == "" {
		for i := range out {
			out[i] = v
		}
		return out
	}
	w := make([]float32, b.Params[name].Len())
	b.Params[name].Floats(w)
	out = out[:0]
	for _, x := range w {
		out = append(out, float64(x))
	}
	return out
}

// interpreted are the operators whose results were compared with the interpreter's in any test.
var interpreted = map[Op]bool{}

// TestMain looks, where all tests have run, for operators that none of them compared.
func TestMain(m *testing.M) {
	code := m.Run()
	if flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.skip").Value.String() == "" && flag.Lookup("test.list").Value.String() == "" && flag.Lookup("test.fuzz").Value.String() == "" && code == 0 {
		for op := range operators {
			if !interpreted[op] {
				fmt.Printf("FAIL: no test compares what %q computes with the interpreter\n", op)
				code = 1
			}
		}
	}
	os.Exit(code)
}

// interpret computes every node in float64 straight from its definition.
func (b *net) interpret(t *testing.T, in tensor.Tensor) map[string][]float64 {
	shapes, err := b.Shapes(in.Shape)
	if err != nil {
		t.Fatal(err)
	}
	vals := map[string][]float64{}
	for _, v := range in.Data {
		vals[Input] = append(vals[Input], float64(v))
	}
	for i := range b.Nodes {
		n := &b.Nodes[i]
		interpreted[n.Op] = true
		x, s, o := vals[n.In[0]], shapes[n.In[0]], shapes[n.Name]
		y := make([]float64, o.Len())
		switch n.Op {
		case Conv, MaxPool, AvgPool, Dense, GAP, AdaptiveAvgPool, GMP:
			b.window(n, x, y, s, o)
		case BatchNorm, LayerNorm, GroupNorm, Softmax:
			b.normal(n, x, y, s)
		case Slice, Shuffle, Upsample, Pad, Rearrange, Flatten, Token, DropToken:
			y = moved(n, x, y, s, o)
		case Tokens, Attention:
			b.attend(n, x, y, s, o)
		case Add, Mul, Concat, ConcatRows, MatMul:
			y = several(n, vals, shapes, y, o)
		default:
			b.element(n, x, y)
		}
		vals[n.Name] = y
	}
	return vals
}

// window is the interpretation of what sums over positions or channels.
func (b *net) window(n *Node, x, y []float64, s, o tensor.Shape) {
	switch n.Op {
	case Conv, MaxPool, AvgPool:
		w, _ := n.Window(s)
		var weight, bias []float64
		groups := max(n.Groups, 1)
		if n.Op == Conv {
			weight, bias = b.floats(n.Weight, 0, 0), b.floats(n.Bias, o.C, 0)
		}
		for oy := range o.H {
			for ox := range o.W {
				for c := range o.C {
					sum, top, count := 0.0, math.Inf(-1), 0.0
					for ky := range w.KH {
						for kx := range w.KW {
							iy, ix := oy*w.SH+ky*w.DH-w.Top, ox*w.SW+kx*w.DW-w.Left
							if iy < 0 || ix < 0 || iy >= s.H || ix >= s.W {
								continue
							}
							count++
							if n.Op != Conv {
								v := x[(iy*s.W+ix)*s.C+c]
								sum, top = sum+v, max(top, v)
								continue
							}
							cg := s.C / groups
							for k := range cg {
								sum += x[(iy*s.W+ix)*s.C+c/(o.C/groups)*cg+k] * weight[((c*w.KH+ky)*w.KW+kx)*cg+k]
							}
						}
					}
					if n.CountPad {
						rows := min(oy*w.SH-w.Top+w.KH, s.H+w.Bottom) - (oy*w.SH - w.Top)
						columns := min(ox*w.SW-w.Left+w.KW, s.W+w.Right) - (ox*w.SW - w.Left)
						count = float64(rows * columns)
					}
					v := top
					if n.Op == Conv {
						v = sum + bias[c]
					} else if n.Op == AvgPool {
						v = sum / count
					}
					y[(oy*o.W+ox)*o.C+c] = v
				}
			}
		}
	case Dense:
		w, bias := b.floats(n.Weight, 0, 0), b.floats(n.Bias, o.C, 0)
		for p := range o.Pixels() {
			for c := range o.C {
				y[p*o.C+c] = bias[c]
				for k := range s.C {
					y[p*o.C+c] += x[p*s.C+k] * w[c*s.C+k]
				}
			}
		}
	case GAP:
		for i := range x {
			y[i%s.C] += x[i] / float64(s.Pixels())
		}
	case AdaptiveAvgPool:
		for i := range y {
			c, ox, oy := i%s.C, i/s.C%o.W, i/s.C/o.W
			n := 0.0
			for iy := oy * s.H / o.H; iy < ((oy+1)*s.H+o.H-1)/o.H; iy++ {
				for ix := ox * s.W / o.W; ix < ((ox+1)*s.W+o.W-1)/o.W; ix++ {
					y[i] += x[(iy*s.W+ix)*s.C+c]
					n++
				}
			}
			y[i] /= n
		}
	case GMP:
		for c := range s.C {
			y[c] = math.Inf(-1)
		}
		for i := range x {
			y[i%s.C] = max(y[i%s.C], x[i])
		}
	}
}

// normal is the interpretation of norms and softmax.
func (b *net) normal(n *Node, x, y []float64, s tensor.Shape) {
	switch n.Op {
	case BatchNorm:
		m, v, w, bias := b.floats(n.Mean, 0, 0), b.floats(n.Var, 0, 0), b.floats(n.Weight, s.C, 1), b.floats(n.Bias, s.C, 0)
		for i := range x {
			c := i % s.C
			y[i] = (x[i]-m[c])/math.Sqrt(v[c]+n.Eps)*w[c] + bias[c]
		}
	case LayerNorm:
		w, bias := b.floats(n.Weight, s.C, 1), b.floats(n.Bias, s.C, 0)
		for p := range s.Pixels() {
			mean, v := 0.0, 0.0
			for c := range s.C {
				mean += x[p*s.C+c] / float64(s.C)
			}
			for c := range s.C {
				v += (x[p*s.C+c] - mean) * (x[p*s.C+c] - mean) / float64(s.C)
			}
			for c := range s.C {
				y[p*s.C+c] = (x[p*s.C+c]-mean)/math.Sqrt(v+n.Eps)*w[c] + bias[c]
			}
		}
	case Softmax:
		for p := range s.Pixels() {
			sum := 0.0
			for c := range s.C {
				sum += math.Exp(x[p*s.C+c])
			}
			for c := range s.C {
				y[p*s.C+c] = math.Exp(x[p*s.C+c]) / sum
			}
		}
	case GroupNorm:
		w, bias := b.floats(n.Weight, s.C, 1), b.floats(n.Bias, s.C, 0)
		each := s.C / n.Groups
		for g := range n.Groups {
			mean, v, count := 0.0, 0.0, float64(each*s.Pixels())
			all := func(f func(i, c int)) {
				for p := range s.Pixels() {
					for c := g * each; c < (g+1)*each; c++ {
						f(p*s.C+c, c)
					}
				}
			}
			all(func(i, _ int) { mean += x[i] / count })
			all(func(i, _ int) { v += (x[i] - mean) * (x[i] - mean) / count })
			all(func(i, c int) { y[i] = (x[i]-mean)/math.Sqrt(v+n.Eps)*w[c] + bias[c] })
		}
	}
}

// element is the interpretation of what takes each number for itself.
func (b *net) element(n *Node, x, y []float64) {
	each := func(f func(float64) float64) {
		for i, v := range x {
			y[i] = f(v)
		}
	}
	hard := func(v float64) float64 { return min(max(v+3, 0), 6) / 6 }
	sigmoid := func(v float64) float64 { return 1 / (1 + math.Exp(-v)) }
	switch n.Op {
	case ReLU:
		each(func(v float64) float64 { return max(v, 0) })
	case ReLU6:
		each(func(v float64) float64 { return min(max(v, 0), 6) })
	case Sigmoid:
		each(sigmoid)
	case SiLU:
		each(func(v float64) float64 { return v * sigmoid(v) })
	case HardSigmoid:
		each(hard)
	case HardSwish:
		each(func(v float64) float64 { return v * hard(v) })
	case GELU:
		each(func(v float64) float64 { return v / 2 * (1 + math.Erf(v/math.Sqrt2)) })
	case Tanh:
		each(math.Tanh)
	case Clip:
		each(func(v float64) float64 { return min(max(v, n.Low), n.High) })
	case GELUTanh:
		each(func(v float64) float64 { return v / 2 * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(v+0.044715*v*v*v))) })
	case ELU:
		each(func(v float64) float64 {
			if v > 0 {
				return v
			}
			return n.Alpha * (math.Exp(v) - 1)
		})
	case LeakyReLU:
		each(func(v float64) float64 { return max(v, n.Alpha*v) })
	case Mish:
		each(func(v float64) float64 { return v * math.Tanh(math.Log(1+math.Exp(v))) })
	case Sqrt:
		each(func(v float64) float64 { return math.Sqrt(max(v, 0)) })
	case Reciprocal:
		each(func(v float64) float64 { return 1 / v })
	case Bias:
		w := b.floats(n.Weight, 0, 0)
		for i := range x {
			y[i] = x[i] + w[i%len(w)]
		}
	default: // by its own formula
		each(func(v float64) float64 { return operators[n.Op].act.f(n, v) })
	}
}

// moved is the interpretation of what only moves numbers.
func moved(n *Node, x, y []float64, s, o tensor.Shape) []float64 {
	switch n.Op {
	case Slice:
		for p := range o.Pixels() {
			copy(y[p*o.C:(p+1)*o.C], x[p*s.C+n.Index:])
		}
	case Shuffle:
		for p := range o.Pixels() {
			for g := range n.Groups {
				for i := range o.C / n.Groups {
					y[p*o.C+i*n.Groups+g] = x[p*o.C+g*(o.C/n.Groups)+i]
				}
			}
		}
	case Upsample:
		near := func(i, scale, size int) (int, int, float64) {
			at := max((float64(i)+0.5)/float64(scale)-0.5, 0)
			lo := min(int(at), size-1)
			return lo, min(lo+1, size-1), at - float64(lo)
		}
		for i := range y {
			c, ox, oy := i%s.C, i/s.C%o.W, i/s.C/o.W
			at := func(r, q int) float64 { return x[(r*s.W+q)*s.C+c] }
			if y[i] = at(oy/n.Scale[0], ox/n.Scale[1]); n.Linear {
				r0, r1, fr := near(oy, n.Scale[0], s.H)
				q0, q1, fq := near(ox, n.Scale[1], s.W)
				y[i] = (at(r0, q0)*(1-fq)+at(r0, q1)*fq)*(1-fr) + (at(r1, q0)*(1-fq)+at(r1, q1)*fq)*fr
			}
		}
	case Pad:
		for i := range y {
			c, ox, oy := i%s.C, i/s.C%o.W-n.Pad[1], i/s.C/o.W-n.Pad[0]
			inside := func(v, size int) int {
				switch {
				case n.Border == "edge":
					return min(max(v, 0), size-1)
				case n.Border == "reflect" && v < 0:
					return -v
				case n.Border == "reflect" && v >= size:
					return 2*size - 2 - v
				}
				return v
			}
			ox, oy = inside(ox, s.W), inside(oy, s.H)
			if y[i] = n.Fill; ox >= 0 && oy >= 0 && ox < s.W && oy < s.H {
				y[i] = x[(oy*s.W+ox)*s.C+c]
			}
		}
	case Rearrange:
		i := 0
		var visit func(w Walk, at int)
		visit = func(w Walk, at int) {
			if len(w) == 0 {
				y[i] = x[at]
				i++
				return
			}
			for k := range w[0][0] {
				visit(w[1:], at+k*w[0][1])
			}
		}
		visit(n.Walk, n.Index)
	case Flatten:
		y = x
	case Token:
		y = x[n.Index*s.C : (n.Index+1)*s.C]
	case DropToken:
		y = x[max(n.Index, 1)*s.C:]
	}
	return y
}

// attend is the interpretation of the layers of transformers.
func (b *net) attend(n *Node, x, y []float64, s, o tensor.Shape) {
	switch n.Op {
	case Tokens:
		// The position grid is compared with its own resampling in TestPositions; here only the sum
		// is made anew.
		pos := b.floats(n.Weight, 0, 0)
		single := make([]float32, len(pos))
		for i, v := range pos {
			single[i] = float32(v)
		}
		grid := resample(single[n.Prefix*s.C:], n.Grid[0], n.Grid[1], s.C, s.H, s.W)
		front := b.floats(n.Token, 0, 0)
		for i, v := range front {
			if y[i] = v; i < n.Prefix*s.C {
				y[i] += pos[i]
			}
		}
		for i := range x {
			y[len(front)+i] = x[i] + float64(grid[i])
		}
	case Attention:
		d := o.C / n.Heads
		for h := range n.Heads {
			for m := range o.H {
				score, sum := make([]float64, o.H), 0.0
				for k := range score {
					for c := range d {
						score[k] += x[m*s.C+h*d+c] * x[k*s.C+o.C+h*d+c]
					}
					score[k] = math.Exp(score[k] / math.Sqrt(float64(d)))
					sum += score[k]
				}
				for k := range score {
					for c := range d {
						y[m*o.C+h*d+c] += score[k] / sum * x[k*s.C+2*o.C+h*d+c]
					}
				}
			}
		}
	}
}

// several is the interpretation of what takes several inputs.
func several(n *Node, vals map[string][]float64, shapes map[string]tensor.Shape, y []float64, o tensor.Shape) []float64 {
	x := vals[n.In[0]]
	switch n.Op {
	case Add, Mul:
		r := vals[n.In[1]]
		for i := range x {
			if n.Op == Add {
				y[i] = x[i] + r[i%len(r)]
			} else {
				y[i] = x[i] * r[i%len(r)]
			}
		}
	case Concat:
		for p := range o.Pixels() {
			c := 0
			for _, name := range n.In {
				from := shapes[name].C
				copy(y[p*o.C+c:], vals[name][p*from:(p+1)*from])
				c += from
			}
		}
	case MatMul:
		r := vals[n.In[1]]
		b := n.Right.Walk.offsets(n.Right.Index)
		for p, a := range n.Left.Walk.offsets(n.Left.Index) {
			for i := range n.Rows {
				for c := range n.Columns {
					sum := 0.0
					for k := range n.Depth {
						sum += x[int(a)+i*n.Left.Down+k*n.Left.Right] * r[int(b[p])+k*n.Right.Down+c*n.Right.Right]
					}
					y[(p*n.Rows+i)*n.Columns+c] = n.Alpha * sum
				}
			}
		}
	case ConcatRows:
		y = nil
		for _, name := range n.In {
			y = append(y, vals[name]...)
		}
	}
	return y
}

func TestProgramsComputeTheirGraphs(t *testing.T) {
	for name, b := range networks() {
		for _, level := range []kernel.Level{kernel.Portable, kernel.Best()} {
			p, err := Pack(b.Graph, level)
			if err != nil {
				t.Fatal(err)
			}
			for _, threads := range []int{1, 3} {
				for _, size := range [][2]int{{12, 12}, {33, 20}} {
					for _, keepAll := range []bool{false, true} {
						if b.FixedSize > 0 && size[0] != b.FixedSize {
							continue
						}
						t.Run(fmt.Sprintf("%s/%v/%d/%v/%v", name, level, threads, size, keepAll), func(t *testing.T) {
							in := tensor.New(size[0], size[1], 3)
							for i := range in.Data {
								in.Data[i] = float32(b.r.NormFloat64())
							}
							want := b.interpret(t, in)
							opt := Options{Threads: threads}
							if keepAll {
								for _, n := range b.Nodes {
									opt.Keep = append(opt.Keep, n.Name)
								}
							}
							prog, err := p.Compile(in.Shape, opt)
							if err != nil {
								t.Fatal(err)
							}
							defer prog.Close()
							for range 2 { // a second run finds the arena used
								copy(prog.Input().Data, in.Data)
								prog.Run()
							}
							for _, n := range b.Nodes {
								got, err := prog.Value(n.Name)
								if err != nil {
									if keepAll || n.Name == b.Output || n.Name == b.Feature || n.Name == b.Map {
										t.Fatal(err)
									}
									continue
								}
								for i, w := range want[n.Name] {
									if g := float64(got.Data[i]); !(math.Abs(g-w) <= 1e-4*(1+math.Abs(w))) {
										t.Fatalf("layer %s, element %d: got %v, want %v", n.Name, i, g, w)
									}
								}
							}
							if prog.Output().C != len(want[b.Output]) {
								t.Fatal("the output is not that of the graph")
							}
						})
					}
				}
			}
		}
	}
}

func TestRunAllocatesNothing(t *testing.T) {
	b := networks()["mobile"]
	p, err := Pack(b.Graph, kernel.Best())
	if err != nil {
		t.Fatal(err)
	}
	for _, threads := range []int{1, 2} {
		prog, err := p.Compile(tensor.Shape{H: 32, W: 32, C: 3}, Options{Threads: threads})
		if err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(20, prog.Run); n != 0 {
			t.Errorf("%d threads: %v allocations a run", threads, n)
		}
		prog.Close()
	}
}

func TestAttentionIsKept(t *testing.T) {
	b := networks()["transformer0"]
	p, err := Pack(b.Graph, kernel.Best())
	if err != nil {
		t.Fatal(err)
	}
	prog, err := p.Compile(tensor.Shape{H: 12, W: 12, C: 3}, Options{Attention: true})
	if err != nil {
		t.Fatal(err)
	}
	for i := range prog.Input().Data {
		prog.Input().Data[i] = float32(i%7) - 3
	}
	prog.Run()
	for _, n := range b.Nodes {
		if n.Op != Attention {
			continue
		}
		a, err := prog.Attention(n.Name)
		if err != nil {
			t.Fatal(err)
		}
		if a.Shape != (tensor.Shape{H: 2, W: 10, C: 10}) {
			t.Fatalf("got %v", a.Shape)
		}
		for row := range a.H * a.W {
			sum := float32(0)
			for _, v := range a.Data[row*a.C : (row+1)*a.C] {
				sum += v
			}
			if math.Abs(float64(sum)-1) > 1e-5 {
				t.Fatalf("the weights of token %d add up to %v", row, sum)
			}
		}
	}
}

func TestPositions(t *testing.T) {
	// Cubic convolution reproduces a constant anywhere and, nearly, a straight line away from the
	// borders.
	src := make([]float32, 8*8*2)
	for i := range 64 {
		src[2*i], src[2*i+1] = 3, float32(i%8)
	}
	out := resample(src, 8, 8, 2, 12, 20)
	for y := range 12 {
		for x := range 20 {
			c, line := out[(y*20+x)*2], out[(y*20+x)*2+1]
			if math.Abs(float64(c)-3) > 1e-6 {
				t.Fatalf("constant became %v", c)
			}
			want := (float64(x)+0.5)*8/20 - 0.5
			if want > 1.5 && want < 5.5 && math.Abs(float64(line)-want) > 0.06 {
				t.Fatalf("line at %d: got %v, want %v", x, line, want)
			}
		}
	}
	for i, v := range resample(src, 8, 8, 2, 8, 8) {
		if v != src[i] {
			t.Fatal("resampling to the same grid changed it")
		}
	}
}

func TestShapesRefusesWhatCannotRun(t *testing.T) {
	cases := []struct {
		name string
		edit func(*net)
		says string
	}{
		{"unknown layer", func(b *net) { b.Nodes[0].Op = "warp" }, "no layer of kind"},
		{"forward reference", func(b *net) { b.Nodes[0].In = []string{b.Nodes[1].Name} }, "does not come before"},
		{"name twice", func(b *net) { b.Nodes[1].Name = b.Nodes[0].Name }, "taken"},
		{"missing weight", func(b *net) { delete(b.Params, b.Nodes[0].Weight) }, "missing"},
		{"wrong weight", func(b *net) { b.Nodes[0].Weight = b.param(2, 2) }, "is [2 2]"},
		{"huge kernel", func(b *net) { b.Nodes[3].Kernel = [2]int{1 << 30, 1} }, "not possible"},
		{"negative padding", func(b *net) { b.Nodes[0].Pad[2] = -1 }, "not possible"},
		{"groups", func(b *net) { b.Nodes[0].Groups = 2 }, "groups"},
		{"no output", func(b *net) { b.Output = "" }, "no layer"},
		{"too few inputs", func(b *net) { b.Nodes[0].In = nil }, "takes 1"},
		{"nothing", func(b *net) { b.Nodes = nil }, "layers"},
		{"transformer2: positions of more tokens", func(b *net) { b.Nodes[1].Prefix = 4 }, "positions for 4 tokens"},
		{"transformer2: tokens of other channels", func(b *net) { b.Nodes[1].Token = b.param(3, 7) }, "is [3 7]"},
		{"transformer2: too many tokens", func(b *net) { b.Nodes[1].Token = b.param(257, 16) }, "257 tokens in front"},
		{"joined: a slice beyond", func(b *net) { b.Nodes[8].Index = 30 }, "no 16 channels from 30"},
		{"joined: shuffled unevenly", func(b *net) { b.Nodes[7].Groups = 6 }, "6 groups"},
		{"joined: groups of a norm", func(b *net) { b.Nodes[9].Groups = 3 }, "3 groups"},
		{"joined: of other sizes", func(b *net) { b.Nodes[4].In[1] = b.Nodes[0].Name; b.Nodes[2].Stride = [2]int{2, 2} }, "cannot be joined"},
		{"joined: a range", func(b *net) { b.Nodes[22].Low = 2 }, "range from 2"},
		{"joined: a border", func(b *net) { b.Nodes[15].Border = "wrap" }, "no border"},
		{"joined: a reflection beyond", func(b *net) { b.Nodes[15].Pad[0] = 1000 }, "padding of"},
		{"joined: padded by nothing", func(b *net) { b.Nodes[17].Fill = math.Inf(1) }, "padding by"},
		{"joined: a slope", func(b *net) { b.Nodes[1].Alpha = math.NaN() }, "slope"},
		{"joined: a scale", func(b *net) { b.Nodes[12].Scale[0] = 1 << 20 }, "scale"},
		{"windows: another size", func(b *net) { b.Nodes[0].Stride = [2]int{2, 2} }, "made for an input of"},
		{"windows: beyond the input", func(b *net) { b.Nodes[1].Walk[0][1]++ }, "walks beyond"},
		{"windows: no steps", func(b *net) { b.Nodes[1].Walk[0][0] = 0 }, "0 steps"},
		{"windows: no grid", func(b *net) { b.Nodes[1].Grid = [2]int{7, 1} }, "no grid"},
		{"windows: no matrices", func(b *net) { b.Nodes[3].Left = nil }, "where its matrices are"},
		{"windows: matrices beyond", func(b *net) { b.Nodes[3].Right.Index += 9 }, "walks beyond"},
		{"windows: other numbers of matrices", func(b *net) { b.Nodes[3].Right.Walk = Walk{{4, 1}} }, "8 matrices times 4"},
		{"windows: a bias of other positions", func(b *net) { b.Nodes[4].Weight = b.param(71, 36) }, "71 positions"},
		{"joined: one input", func(b *net) { b.Nodes[4].In = b.Nodes[4].In[:1] }, "from 2 to"},
		{"transformer2: no token left", func(b *net) { b.Nodes[7].Index = 1 << 20 }, "tokens to leave out"},
	}
	for _, c := range cases {
		kind, _, ok := strings.Cut(c.name, ":")
		if !ok {
			kind = "residual"
		}
		b := networks()[kind]
		c.edit(b)
		size := 16
		if b.FixedSize > 0 {
			size = b.FixedSize
		}
		_, err := b.Shapes(tensor.Shape{H: size, W: size, C: 3})
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want an error that says %q", c.name, err, c.says)
		}
	}
	if _, err := networks()["residual"].Shapes(tensor.Shape{H: 0, W: 16, C: 3}); err == nil {
		t.Error("an empty input was accepted")
	}
}

func TestCosts(t *testing.T) {
	b := newNet(9)
	x := b.conv(Input, 3, 8, 3, 1, 1, Node{Pad: [4]int{1, 1, 1, 1}})
	x = b.conv(x, 8, 8, 3, 2, 8, Node{Pad: [4]int{1, 1, 1, 1}})
	x = b.add(GAP, Node{}, x)
	b.add(Dense, Node{Weight: b.param(5, 8), Bias: b.param(5)}, x)
	costs, err := b.Costs(tensor.Shape{H: 10, W: 10, C: 3})
	if err != nil {
		t.Fatal(err)
	}
	macs, params := int64(0), 0
	for _, c := range costs {
		macs += c.MACs
		params += c.Params
	}
	if want := int64(100*8*27 + 25*8*9 + 40); macs != want {
		t.Errorf("got %d multiply-adds, want %d", macs, want)
	}
	if want := 8*27 + 8 + 8*9 + 8 + 40 + 5; params != want {
		t.Errorf("got %d parameters, want %d", params, want)
	}
}

func TestFoldKeepsTheFunction(t *testing.T) {
	b := newNet(11)
	norm := func(in string, c int) string {
		return b.add(BatchNorm, Node{Weight: b.param(c), Bias: b.param(c), Mean: b.param(c), Var: b.positive(c), Eps: 1e-3}, in)
	}
	n := Node{Weight: b.param(8, 3, 3, 3), Kernel: [2]int{3, 3}, Stride: [2]int{2, 2}}
	x := b.add(Conv, n, Input) // no bias
	x = norm(x, 8)
	x = b.add(ReLU, Node{}, x)
	y := b.conv(x, 8, 8, 3, 1, 8, Node{Same: true})
	y = norm(y, 8)
	z := b.add(Add, Node{}, y, x)
	z = norm(z, 8) // follows no convolution: stays
	s := b.conv(z, 8, 8, 1, 1, 1, Node{})
	q := norm(s, 8) // its convolution has another reader: stays
	r := b.add(Add, Node{}, q, s)
	r = b.add(GAP, Node{}, r)
	r = b.add(Dense, Node{Weight: b.param(5, 8), Bias: b.param(5)}, r)
	norm(r, 5) // the output itself
	in := tensor.New(13, 13, 3)
	for i := range in.Data {
		in.Data[i] = float32(b.r.NormFloat64())
	}
	want := b.interpret(t, in)[b.Output]
	before := len(b.Nodes)
	b.Fold()
	if len(b.Nodes) != before-3 {
		t.Errorf("%d layers were folded, want 3", before-len(b.Nodes))
	}
	got := b.interpret(t, in)[b.Output]
	for i := range want {
		if math.Abs(got[i]-want[i]) > 1e-5*(1+math.Abs(want[i])) {
			t.Fatalf("output %d: got %v, want %v", i, got[i], want[i])
		}
	}
	for name := range b.Params {
		if name == n.Weight {
			return
		}
	}
	t.Error("a parameter in use was dropped")
}
