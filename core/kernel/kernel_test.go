package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"
)

// levels returns the vector levels that this machine has.
func levels() []Level {
	switch best := Best(); best {
	case Portable:
		return nil
	case SIMD128:
		return []Level{SIMD128}
	default:
		var l []Level
		for i := AVX2; i <= best; i++ {
			l = append(l, i)
		}
		return l
	}
}

// TestLevelsOfThisMachine says which kernels the other tests run here, and is skipped for each
// level that they leave out.
func TestLevelsOfThisMachine(t *testing.T) {
	for _, l := range []Level{SIMD128, AVX2, AVX512} {
		t.Run(fmt.Sprint(l), func(t *testing.T) {
			if !slices.Contains(levels(), l) {
				t.Skipf("the kernels for %v did not run: this machine and build have %v at best", l, Best())
			}
		})
	}
}

// guard is what surrounds an output, to show what is written past its ends.
const guard = 12345.678

// buffer returns n random floats with Slack NaNs behind: reading those is allowed, letting them
// into a result is not.
func buffer(r *rand.Rand, n int) []float32 {
	b := make([]float32, n+Slack)
	for i := range b {
		b[i] = float32(r.NormFloat64())
		if i >= n {
			b[i] = float32(math.NaN())
		}
	}
	return b
}

// output returns a guarded buffer and its part of n floats.
func output(n int) (whole, part []float32) {
	whole = make([]float32, n+2*64)
	for i := range whole {
		whole[i] = guard
	}
	return whole, whole[64 : 64+n]
}

func p(b []float32) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(b)) }

// compare checks two outputs that were made by output, guards included.
func compare(t *testing.T, got, want []float32, tolerance float64) {
	t.Helper()
	for i, w := range want {
		g := got[i]
		if d := math.Abs(float64(g - w)); !(d <= tolerance*(1+math.Abs(float64(w)))) {
			t.Fatalf("element %d of %d: got %v, want %v", i-64, len(want)-128, g, w)
		}
	}
}

// run does the whole job in ranges of random length and in random order, as threads would.
func runAll(r *rand.Rand, j Job, scratch []float32) {
	j.Scratch = p(scratch)
	items := j.Items()
	var cuts [][2]int
	for from := 0; from < items; {
		to := min(from+1+r.IntN(3), items)
		cuts = append(cuts, [2]int{from, to})
		from = to
	}
	r.Shuffle(len(cuts), func(a, b int) { cuts[a], cuts[b] = cuts[b], cuts[a] })
	for _, c := range cuts {
		RunRange(&j, c[0], c[1])
	}
}

// naiveConv computes a convolution in float64 straight from its definition.
func naiveConv(j Job, x, w, b, r, y []float32) {
	cg, ng := j.C/j.Groups, j.OC/j.Groups
	for oy := range j.OH {
		for ox := range j.OW {
			for n := range j.OC {
				s := float64(b[n])
				for ky := range j.KH {
					for kx := range j.KW {
						iy, ix := oy*j.SH+ky*j.DH-j.PT, ox*j.SW+kx*j.DW-j.PL
						if iy < 0 || iy >= j.H || ix < 0 || ix >= j.W {
							continue
						}
						for c := range cg {
							s += float64(x[(iy*j.W+ix)*j.C+n/ng*cg+c]) * float64(w[((n*j.KH+ky)*j.KW+kx)*cg+c])
						}
					}
				}
				o := (oy*j.OW+ox)*j.OC + n
				if r != nil {
					s += float64(r[o])
				}
				y[o] = float32(min(max(s, float64(j.Lo)), float64(j.Hi)))
			}
		}
	}
}

// pack packs weights [n][k] of every group.
func pack(l Level, w []float32, groups, n, k int) []float32 {
	size := PackedLen(l, n, k) - Slack
	out := make([]float32, groups*size+Slack)
	for g := range groups {
		for i := range n {
			PackWeights(l, out[g*size:], i, w[(g*n+i)*k:(g*n+i+1)*k])
		}
	}
	return out
}

// packBias packs the biases of every group.
func packBias(l Level, b []float32, groups, n int) []float32 {
	var out []float32
	for g := range groups {
		one := PackBias(l, b[g*n:(g+1)*n])
		out = append(out, one[:len(one)-Slack]...)
	}
	return append(out, make([]float32, Slack)...)
}

func TestConvolutions(t *testing.T) {
	type shape struct{ h, w, c, oc, k, stride, pad, dilation, groups int }
	shapes := []shape{
		{7, 9, 3, 8, 3, 2, 1, 1, 1}, {5, 5, 16, 33, 1, 1, 0, 1, 1}, {1, 1, 700, 10, 1, 1, 0, 1, 1},
		{6, 5, 8, 24, 5, 1, 2, 1, 1}, {9, 8, 6, 12, 3, 1, 2, 2, 2}, {4, 4, 40, 70, 3, 1, 1, 1, 1},
		{3, 3, 4, 4, 3, 1, 1, 1, 4}, {11, 7, 5, 1, 3, 3, 0, 1, 1}, {2, 13, 130, 65, 3, 1, 1, 1, 1},
		{4, 3, 1030, 17, 1, 1, 0, 1, 1}, {1, 1, 1, 1, 7, 1, 3, 1, 1},
		{6, 5, 600, 24, 1, 2, 0, 1, 1}, {13, 11, 3, 16, 7, 2, 3, 1, 1}, {5, 4, 8, 16, 3, 2, 3, 1, 1},
		{9, 50, 3, 16, 3, 2, 1, 1, 1}, {4, 30, 8, 40, 3, 1, 1, 1, 1}, {7, 31, 5, 33, 5, 1, 2, 1, 1}, {5, 27, 4, 8, 3, 1, 3, 1, 1}, {3, 60, 520, 20, 1, 2, 0, 1, 1},
	}
	for _, l := range append([]Level{Portable}, levels()...) {
		for _, s := range shapes {
			for _, residual := range []bool{false, true} {
				t.Run(fmt.Sprintf("%v/%+v/%v", l, s, residual), func(t *testing.T) {
					r := rand.New(rand.NewPCG(1, 2))
					e := (s.k-1)*s.dilation + 1
					j := Job{
						Level: l, Lo: -0.5, Hi: 1.5, Kind: Conv,
						H: s.h, W: s.w, C: s.c, OH: (s.h+2*s.pad-e)/s.stride + 1, OW: (s.w+2*s.pad-e)/s.stride + 1, OC: s.oc,
						KH: s.k, KW: s.k, SH: s.stride, SW: s.stride, PT: s.pad, PL: s.pad, DH: s.dilation, DW: s.dilation,
						Groups: s.groups, RowBlock: 5, PanelBlock: 2,
					}
					j.M, j.K, j.N = j.OH*j.OW, s.k*s.k*s.c/s.groups, s.oc/s.groups
					if s.k == 1 && s.stride == 1 && s.groups == 1 {
						j.Kind = Gemm
					}
					x, b := buffer(r, s.h*s.w*s.c), buffer(r, s.oc)
					w := buffer(r, s.oc*j.K)
					for i := range w {
						w[i] /= float32(math.Sqrt(float64(j.K)))
					}
					var res []float32
					if residual {
						res = buffer(r, j.M*s.oc)
						j.In2 = p(res)
					}
					want, wantPart := output(j.M * s.oc)
					got, gotPart := output(j.M * s.oc)
					naiveConv(j, x, w, b, res, wantPart)
					pw, pb := pack(l, w[:s.oc*j.K], s.groups, j.N, j.K), packBias(l, b[:s.oc], s.groups, j.N)
					j.In, j.Weight, j.Bias, j.Out = p(x), p(pw), p(pb), p(gotPart)
					runAll(r, j, make([]float32, j.ScratchLen()+Slack))
					compare(t, got, want, 2e-5)
				})
			}
		}
	}
}

// TestWinograd checks the kernel against the definition. The tolerance is what winograd.go says of
// each tile, with a margin of three.
func TestWinograd(t *testing.T) {
	type shape struct{ h, w, c, oc, pad int }
	shapes := []shape{
		{8, 8, 16, 32, 1}, {7, 7, 32, 16, 1}, {1, 1, 16, 16, 1}, {2, 3, 16, 48, 1}, {6, 4, 16, 16, 0},
		{9, 14, 48, 80, 1}, {5, 11, 512, 16, 2}, {13, 6, 16, 16, 1},
	}
	for _, l := range append([]Level{Portable}, levels()...) {
		for _, tile := range []int{2, 4} {
			for _, s := range shapes {
				for variant := range 3 {
					t.Run(fmt.Sprintf("%v/%d/%+v/%d", l, tile, s, variant), func(t *testing.T) {
						r := rand.New(rand.NewPCG(9, 10))
						j := Job{
							Level: l, Lo: -0.5, Hi: 1.5, Kind: Winograd, Tile: tile,
							H: s.h, W: s.w, C: s.c, OH: s.h + 2*s.pad - 2, OW: s.w + 2*s.pad - 2, OC: s.oc,
							KH: 3, KW: 3, SH: 1, SW: 1, PT: s.pad, PL: s.pad, DH: 1, DW: 1, Groups: 1, RowBlock: 3, PanelBlock: 1 + variant,
						}
						if !WinogradFits(l, s.c, s.oc) {
							t.Fatal("a shape that does not fit")
						}
						j.M, j.K, j.N = ceil(j.OH, tile)*ceil(j.OW, tile), s.c, s.oc
						x, b, w := buffer(r, s.h*s.w*s.c), buffer(r, s.oc), buffer(r, s.oc*9*s.c)
						for i := range w {
							w[i] /= float32(math.Sqrt(float64(9 * s.c)))
						}
						var res []float32
						if variant > 0 {
							res = buffer(r, j.OH*j.OW*s.oc)
							j.In2 = p(res)
						}
						want, wantPart := output(j.OH * j.OW * s.oc)
						got, gotPart := output(j.OH * j.OW * s.oc)
						naiveConv(j, x, w, b, res, wantPart)
						if variant == 2 {
							j.Act = HardSwish
							activate(Portable, j.Act, p(wantPart), len(wantPart), 0)
						}
						u := make([]float32, WinogradLen(l, tile, s.oc, s.c))
						for i := range s.oc {
							PackWinograd(l, tile, u, i, s.oc, w[i*9*s.c:(i+1)*9*s.c])
						}
						pb := PackBias(l, b[:s.oc])
						j.In, j.Weight, j.Bias, j.Out = p(x), p(u), p(pb), p(gotPart)
						runAll(r, j, make([]float32, j.ScratchLen()+Slack))
						compare(t, got, want, map[int]float64{2: 1e-5, 4: 1e-4}[tile])
					})
				}
			}
		}
	}
}

func TestDepthwise(t *testing.T) {
	for _, l := range append([]Level{Portable}, levels()...) {
		for _, c := range []int{1, 16, 24, 41, 80} {
			for _, k := range []int{2, 3, 5} {
				for _, stride := range []int{1, 2, 3} {
					for _, size := range [][2]int{{1, 1}, {3, 7}, {12, 11}, {5, 38}, {4, 6}} {
						for _, dilation := range []int{1, 2} {
							t.Run(fmt.Sprintf("%v/%d/%d/%d/%v/%d", l, c, k, stride, size, dilation), func(t *testing.T) {
								r := rand.New(rand.NewPCG(3, 4))
								pad := (k - 1) * dilation / 2
								e := (k-1)*dilation + 1
								less := (c + k) % 2 // of it above and to the left, as "same" padding has it
								j := Job{
									Level: l, Lo: 0, Hi: 6, Kind: Depthwise, H: size[0], W: size[1], C: c, OC: c,
									KH: k, KW: k, SH: stride, SW: stride, PT: max(0, pad-less), PL: max(0, pad-less), DH: dilation, DW: dilation, Groups: c,
								}
								j.OH, j.OW = (j.H+2*pad-e)/stride+1, (j.W+2*pad-e)/stride+1
								if j.H+2*pad < e || j.W+2*pad < e {
									return
								}
								x, w, b := buffer(r, j.H*j.W*c), buffer(r, c*k*k), buffer(r, c)
								want, wantPart := output(j.OH * j.OW * c)
								got, gotPart := output(j.OH * j.OW * c)
								naiveConv(j, x, w, b, nil, wantPart)
								turned := make([]float32, c*k*k+Slack) // [KH][KW][C]
								for i := range c {
									for q := range k * k {
										turned[q*c+i] = w[i*k*k+q]
									}
								}
								j.In, j.Weight, j.Bias, j.Out = p(x), p(turned), p(b), p(gotPart)
								runAll(r, j, nil)
								compare(t, got, want, 1e-5)
							})
						}
					}
				}
			}
		}
	}
}

// TestLevelsAgree runs every other kind on each level and on plain Go.
func TestLevelsAgree(t *testing.T) {
	jobs := []Job{
		{Kind: MaxPool, KH: 3, KW: 3, SH: 2, SW: 2, PT: 1, PL: 1},
		{Kind: MaxPool, KH: 2, KW: 2, SH: 2, SW: 2},
		{Kind: AvgPool, KH: 3, KW: 2, SH: 1, SW: 2, PT: 1},
		{Kind: AvgPool, KH: 3, KW: 3, SH: 2, SW: 2, PT: 1, PL: 1, CountPad: true},
		{Kind: GAP}, {Kind: Affine}, {Kind: Add}, {Kind: Mul}, {Kind: Add, Broadcast: true}, {Kind: Mul, Broadcast: true}, {Kind: Softmax},
	}
	jobs = append(jobs, Job{Kind: AdaptiveAvgPool, OH: 4, OW: 3}, Job{Kind: LayerNorm, Eps: 1e-6},
		Job{Kind: AvgPool, KH: 2, KW: 2, SH: 2, SW: 2, CountPad: true, OH: 5, OW: 4}, Job{Kind: GMP},
		Job{Kind: GroupNorm, Eps: 1e-5}, Job{Kind: GroupNorm, Eps: 1e-5, Groups: 1, Act: Mish})
	for a := range Act(len(Activations) + 1) {
		jobs = append(jobs, Job{Kind: Activate, Act: a, Alpha: 0.3}, Job{Kind: Add, Act: a, Alpha: 0.3})
	}
	for _, l := range levels() {
		for _, j := range jobs {
			for _, c := range []int{1, 7, 64, 100} {
				t.Run(fmt.Sprintf("%v/%v/%v/%d", l, j.Kind, j.Act, c), func(t *testing.T) {
					r := rand.New(rand.NewPCG(5, 6))
					j := j
					j.H, j.W, j.C, j.OC, j.DH, j.DW = 9, 7, c, c, 1, 1
					j.Lo, j.Hi = -1.5, 2
					switch j.Kind {
					case MaxPool, AvgPool:
						j.PB, j.PR = j.PT, j.PL
						if j.OH == 0 {
							j.OH, j.OW = (j.H+2*j.PT-j.KH)/j.SH+1, (j.W+2*j.PL-j.KW)/j.SW+1
						}
					case AdaptiveAvgPool:
					case GAP, GMP:
						j.OH, j.OW = 1, 1
					case GroupNorm:
						j.OH, j.OW = j.H, j.W
						if j.Groups == 0 {
							j.Groups = map[int]int{1: 1, 7: 7, 64: 16, 100: 20}[c]
						}
					default:
						j.OH, j.OW = j.H, j.W
					}
					x, x2, w, b := buffer(r, j.H*j.W*c), buffer(r, j.H*j.W*c), buffer(r, c), buffer(r, c)
					for i := range x {
						x[i] *= 4
					}
					j.In, j.In2, j.Weight, j.Bias = p(x), p(x2), p(w), p(b)
					n := j.OH * j.OW * c
					want, wantPart := output(n)
					got, gotPart := output(n)
					j.Level, j.Out = Portable, p(wantPart)
					scratch := make([]float32, j.ScratchLen()+Slack)
					runAll(r, j, scratch)
					j.Level, j.Out = l, p(gotPart)
					runAll(r, j, scratch)
					compare(t, got, want, 1e-6)
				})
			}
		}
	}
}

// TestAttention checks the kernel against the formula in float64.
func TestAttention(t *testing.T) {
	for _, l := range append([]Level{Portable}, levels()...) {
		for _, s := range [][3]int{{1, 1, 4}, {5, 2, 8}, {17, 3, 64}, {50, 2, 24}} {
			t.Run(fmt.Sprintf("%v/%v", l, s), func(t *testing.T) {
				tokens, heads, d := s[0], s[1], s[2]
				c := heads * d
				r := rand.New(rand.NewPCG(7, 8))
				x := buffer(r, tokens*3*c)
				want, wantPart := output(tokens * c)
				got, gotPart := output(tokens * c)
				wantMap, wantMapPart := output(heads * tokens * tokens)
				gotMap, gotMapPart := output(heads * tokens * tokens)
				for h := range heads {
					for m := range tokens {
						score := make([]float64, tokens)
						sum := 0.0
						for n := range score {
							for k := range d {
								score[n] += float64(x[m*3*c+h*d+k]) * float64(x[n*3*c+c+h*d+k])
							}
							score[n] = math.Exp(score[n] / math.Sqrt(float64(d)))
							sum += score[n]
						}
						for k := range d {
							v := 0.0
							for n := range score {
								v += score[n] / sum * float64(x[n*3*c+2*c+h*d+k])
							}
							wantPart[m*c+h*d+k] = float32(v)
						}
						for n := range score {
							wantMapPart[(h*tokens+m)*tokens+n] = float32(score[n] / sum)
						}
					}
				}
				j := Job{Kind: Attention, Level: l, In: p(x), Out: p(gotPart), In2: p(gotMapPart),
					C: 3 * c, OC: c, M: tokens, Groups: heads, RowBlock: 12}
				runAll(r, j, make([]float32, j.ScratchLen()+Slack))
				compare(t, got, want, 1e-5)
				compare(t, gotMap, wantMap, 1e-5)
			})
		}
	}
}

// TestActivationsAtExtremes checks that nothing overflows into NaN.
func TestActivationsAtExtremes(t *testing.T) {
	big := float32(math.MaxFloat32)
	for _, l := range append([]Level{Portable}, levels()...) {
		for a := range Act(len(Activations) + 1) {
			x := make([]float32, 32)
			for i := range x {
				x[i] = []float32{-big, -1000, -88, 0, 88, 1000, 100, 1e-30}[i%8]
			}
			activate(l, a, p(x), len(x), 0.5)
			for i, v := range x {
				if v != v || (v > 1 && (a == Sigmoid || a == HardSigmoid || a == Tanh)) || (v < -1 && a != Linear && a != LeakyReLU && a != Reciprocal) {
					t.Errorf("%v, activation %d, element %d: got %v", l, a, i, v)
				}
			}
		}
	}
}

// TestVectorFormulas compares what vectors do of an activation with its formula, on machines that
// have no vectors, too.
func TestVectorFormulas(t *testing.T) {
	for _, a := range Activations {
		f := vectorFormulas[a.Act]
		if f == nil {
			continue
		}
		for x := float32(-90); x < 90; x += 0.037 {
			if got, want := float64(f(x, 0.3)), a.Act.Of(float64(x), float64(float32(0.3))); !(math.Abs(got-want) <= 1e-6*(1+math.Abs(want))) {
				t.Errorf("%s of %v is %v, not %v", a.Name, x, got, want)
			}
		}
	}
}

// TestNoAllocation holds for every level.
func TestNoAllocation(t *testing.T) {
	x := make([]float32, 64*64+Slack)
	j := Job{Kind: Gemm, Level: Best(), In: p(x), Out: p(make([]float32, 64*64)), Bias: p(x), Lo: -inf, Hi: inf,
		C: 64, OC: 64, M: 64, K: 64, N: 64, RowBlock: 24, PanelBlock: 4}
	j.Weight = p(make([]float32, PackedLen(j.Level, 64, 64)))
	if n := testing.AllocsPerRun(10, func() { RunRange(&j, 0, j.Items()) }); n != 0 {
		t.Errorf("%v allocations a run", n)
	}
}

func BenchmarkGemm(b *testing.B) {
	for _, l := range append([]Level{Portable}, levels()...) {
		for _, s := range [][3]int{{3136, 64, 64}, {784, 240, 40}, {196, 480, 80}, {49, 320, 1280}, {49, 4608, 512}} {
			b.Run(fmt.Sprintf("%v/%dx%dx%d", l, s[0], s[1], s[2]), func(b *testing.B) {
				m, k, n := s[0], s[1], s[2]
				j := Job{Kind: Gemm, Level: l, In: p(make([]float32, m*k+Slack)), Out: p(make([]float32, m*n+Slack)),
					Weight: p(make([]float32, PackedLen(l, n, k))), Bias: p(PackBias(l, make([]float32, n))), Lo: 0, Hi: 6,
					C: k, OC: n, M: m, K: k, N: n, RowBlock: 48, PanelBlock: 1 << 20}
				j.Scratch = p(make([]float32, j.ScratchLen()+Slack))
				for b.Loop() {
					RunRange(&j, 0, j.Items())
				}
				b.ReportMetric(2*float64(m)*float64(k)*float64(n)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
	}
}

func BenchmarkDepthwise(b *testing.B) {
	for _, l := range append([]Level{Portable}, levels()...) {
		for _, s := range [][4]int{{112, 32, 3, 1}, {112, 96, 3, 2}, {28, 240, 5, 1}, {14, 480, 5, 1}, {7, 1152, 5, 1}} {
			b.Run(fmt.Sprintf("%v/%v", l, s), func(b *testing.B) {
				hw, c, k, st := s[0], s[1], s[2], s[3]
				o := (hw+2*(k/2)-k)/st + 1
				j := Job{Kind: Depthwise, Level: l, In: p(make([]float32, hw*hw*c+Slack)), Out: p(make([]float32, o*o*c+Slack)),
					Weight: p(make([]float32, k*k*c+Slack)), Bias: p(make([]float32, c+Slack)), Lo: 0, Hi: 6,
					H: hw, W: hw, C: c, OH: o, OW: o, OC: c, KH: k, KW: k, SH: st, SW: st, PT: k / 2, PL: k / 2, DH: 1, DW: 1}
				for b.Loop() {
					RunRange(&j, 0, j.Items())
				}
				b.ReportMetric(2*float64(o*o*c*k*k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		}
	}
}
