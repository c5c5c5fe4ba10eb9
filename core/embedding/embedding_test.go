package embedding

import (
	"bytes"
	"compress/gzip"
	"context"
	_ "embed"
	"errors"
	"hash/fnv"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"homeroom/core/matrix"
)

// clothing are the features of 150 photos, 15 of a class after one another, of
// EfficientNet-Lite0; see tools/homeroom/alike/features_test.go.
//
//go:embed testdata/clothing.gz
var clothing []byte

const width, ofClass = 1280, 15

func photos(t testing.TB) matrix.Table {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(clothing))
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil || len(data) != 150*width {
		t.Fatal(len(data), err)
	}
	return matrix.Table{N: len(data) / width, D: width, Read: func(to []float32, i int) {
		for k, b := range data[i*width : (i+1)*width] {
			to[k] = float32(int8(b))
		}
	}}
}

func table(rows [][]float32, d int) matrix.Table {
	return matrix.Table{N: len(rows), D: d, Read: func(to []float32, i int) { copy(to, rows[i]) }}
}

// mapped is a map, by its coordinates.
func mapped(t testing.TB, features matrix.Table, seed uint64) []Point {
	t.Helper()
	points, err := Map(context.Background(), features, Options{Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	return points
}

// trustworthiness is by how little neighbours in a map are strangers in what it was made of: 1
// where none of the k nearest of any point is, 0.5 or so by lot (Venna and Kaski 2001).
func trustworthiness(of, in [][]float64, k int) float64 {
	n := len(of)
	order := func(rows [][]float64, i int) []int {
		var out []int
		far := make([]float64, n)
		for j := range rows {
			for c, v := range rows[j] {
				far[j] += (v - rows[i][c]) * (v - rows[i][c])
			}
			if j != i {
				out = append(out, j)
			}
		}
		slices.SortStableFunc(out, func(a, b int) int {
			switch {
			case far[a] < far[b]:
				return -1
			case far[a] > far[b]:
				return 1
			}
			return 0
		})
		return out
	}
	sum := 0
	for i := range n {
		rank := make([]int, n)
		for r, j := range order(of, i) {
			rank[j] = r + 1
		}
		for _, j := range order(in, i)[:k] {
			sum += max(0, rank[j]-k)
		}
	}
	return 1 - 2/float64(n*k*(2*n-3*k-1))*float64(sum)
}

func rowsOf(t testing.TB, features matrix.Table) (out [][]float64) {
	x, err := wholeOf(features)
	if err != nil {
		t.Fatal(err)
	}
	for i := range x.n {
		row := make([]float64, x.d)
		for k, v := range x.row(i) {
			row[k] = float64(v)
		}
		out = append(out, row)
	}
	return out
}

func pairs(points []Point) (out [][]float64) {
	for _, p := range points {
		out = append(out, []float64{float64(p.X), float64(p.Y)})
	}
	return out
}

// TestNeighboursStay: photos that lie near one another on the map are alike, which the first two
// principal components alone do not reach, and most are of one class.
func TestNeighboursStay(t *testing.T) {
	features := photos(t)
	rows := rowsOf(t, features)
	x, _ := wholeOf(features)
	y, err := x.principal(newWork(context.Background(), x.n, x.d, nil), 2, rand.New(rand.NewPCG(1, 0)))
	if err != nil {
		t.Fatal(err)
	}
	var flat [][]float64
	for i := range y.n {
		flat = append(flat, y.row(i))
	}
	points := pairs(mapped(t, features, 1))
	const k, floor = 10, 0.86
	mine, linear := trustworthiness(rows, points, k), trustworthiness(rows, flat, k)
	t.Logf("trustworthiness %.3f, of two principal components %.3f", mine, linear)
	if mine < floor || linear >= floor {
		t.Errorf("trustworthiness %.3f and %.3f, which %.2f is not between", mine, linear, floor)
	}
	ofOwn := func(rows [][]float64) (share float64) {
		for i := range rows {
			best, least := -1, math.Inf(1)
			for j := range rows {
				if d := math.Hypot(rows[i][0]-rows[j][0], rows[i][1]-rows[j][1]); j != i && d < least {
					best, least = j, d
				}
			}
			if best/ofClass == i/ofClass {
				share += 1 / float64(len(rows))
			}
		}
		return share
	}
	t.Logf("%.0f%% of photos lie nearest to one of their class, on two principal components %.0f%%", 100*ofOwn(points), 100*ofOwn(flat))
	if ofOwn(points) <= ofOwn(flat) {
		t.Error("classes lie no better together than on two principal components")
	}
}

// TestTheSameEverywhere: a program and a browser, with vector instructions and without, on one core
// and on many, give the same points to the last bit. The second features are more photos than
// features, whose components come in another way.
func TestTheSameEverywhere(t *testing.T) {
	lots := rand.New(rand.NewPCG(3, 0))
	var many [][]float32
	for i := range 400 {
		row := make([]float32, 96)
		for k := range row {
			row[k] = float32(math.Floor(256*lots.Float64())) / 64
			if k%7 == i%7 {
				row[k] += 3
			}
		}
		many = append(many, row)
	}
	for i, c := range []struct {
		features matrix.Table
		want     uint64
	}{{photos(t), 0x43003917621e9ab1}, {table(many, 96), 0xeaf46a19f4e1ada8}} {
		sum := fnv.New64a()
		for _, p := range mapped(t, c.features, 7) {
			for _, v := range []uint32{math.Float32bits(p.X), math.Float32bits(p.Y)} {
				_, _ = sum.Write([]byte{byte(v), byte(v >> 8), byte(v >> 16), byte(v >> 24)})
			}
		}
		if got := sum.Sum64(); got != c.want {
			t.Errorf("map %d is %#x, not %#x", i+1, got, c.want)
		}
	}
	if slices.Equal(mapped(t, photos(t), 7), mapped(t, photos(t), 8)) {
		t.Error("another seed gives the same map")
	}
}

// TestComponentsAreThoseOfGonum, by either way: their variances, and of each photo the distance
// from the middle along each.
func TestComponentsAreThoseOfGonum(t *testing.T) {
	lots := rand.New(rand.NewPCG(5, 0))
	for _, size := range [][2]int{{40, 30}, {30, 90}, {300, 100}, {90, 200}} {
		n, d := size[0], size[1]
		var rows [][]float32
		for range n {
			row := make([]float32, d)
			for k := range row {
				row[k] = float32(lots.NormFloat64()) * float32(math.Pow(0.9, float64(k)))
			}
			rows = append(rows, row)
		}
		x, err := wholeOf(table(rows, d))
		if err != nil {
			t.Fatal(err)
		}
		const rank = 6
		y, err := x.principal(newWork(context.Background(), n, d, nil), rank, lots)
		if err != nil {
			t.Fatal(err)
		}
		same := mat.NewDense(n, d, nil)
		for i := range n {
			for k, v := range x.row(i) {
				same.Set(i, k, float64(v))
			}
		}
		var pc stat.PC
		if !pc.PrincipalComponents(same, nil) {
			t.Fatal("gonum has no components")
		}
		vars := pc.VarsTo(nil)
		var axes mat.Dense
		pc.VectorsTo(&axes)
		for k := range rank {
			variance := 0.0
			for i := range n {
				variance += y.row(i)[k] * y.row(i)[k] / float64(n-1)
			}
			if math.Abs(variance-vars[k]) > 1e-6*vars[0] {
				t.Errorf("%v: component %d has a variance of %g, gonum's %g", size, k, variance, vars[k])
			}
		}
		for k := range 2 {
			for i := range n {
				want := 0.0
				for j := range d {
					mean := mat.Sum(same.ColView(j)) / float64(n)
					want += (same.At(i, j) - mean) * axes.At(j, k)
				}
				if math.Abs(math.Abs(y.row(i)[k])-math.Abs(want)) > 1e-3*math.Sqrt(vars[0]) {
					t.Fatalf("%v: photo %d lies at %g along component %d, gonum's at %g", size, i, y.row(i)[k], k, want)
				}
			}
		}
	}
}

func TestFewEqualAndNone(t *testing.T) {
	row := func(v ...float32) []float32 { return v }
	var equal, twins [][]float32
	for i := range 40 {
		equal = append(equal, row(1, 2, 3))
		twins = append(twins, row(1, float32(i/20), 3))
	}
	for name, rows := range map[string][][]float32{
		"none": {}, "one": {row(1, 2, 3)}, "two": {row(1, 2, 3), row(3, 2, 1)}, "zeros": {row(0, 0, 0), row(0, 0, 0), row(0, 0, 0)},
		"four": {row(1, 0, 0), row(0, 1, 0), row(0, 0, 1), row(1, 1, 0)}, "equal": equal, "two of each": twins,
		"huge and tiny": {row(3e38, 3e38, 3e38), row(1e-44, 0, 0), row(-3e38, 1, 2), row(1, 1, 1), row(1, 2, 1), row(1, 1, 2)},
	} {
		points := mapped(t, table(rows, 3), 1)
		if len(points) != len(rows) {
			t.Errorf("%s: %d points", name, len(points))
		}
		for _, p := range points {
			if !(p.X >= -1 && p.X <= 1 && p.Y >= -1 && p.Y <= 1) {
				t.Errorf("%s: one lies at %v", name, p)
			}
		}
	}
	points := mapped(t, table(twins, 3), 1)
	for i := range 20 { // a pair of clusters stays one
		for j := 20; j < 40; j++ {
			if points[i] == points[j] {
				t.Fatalf("photos %d and %d differ and lie in one place", i, j)
			}
		}
	}
	for _, bad := range []float32{float32(math.NaN()), float32(math.Inf(1))} {
		_, err := Map(context.Background(), table([][]float32{row(1, 2, 3), row(1, bad, 3)}, 3), Options{})
		if err == nil || !strings.Contains(err.Error(), "photo 2") {
			t.Errorf("%v: the error is %v", bad, err)
		}
	}
	if _, err := Map(context.Background(), matrix.Table{N: MostPhotos + 1, D: 1}, Options{}); err == nil {
		t.Error("too many photos are taken")
	}
}

// TestItTellsHowFarItIs and ends where it is told to.
func TestItTellsHowFarItIs(t *testing.T) {
	last := 0.0
	ctx, cancel := context.WithCancel(context.Background())
	_, err := Map(ctx, photos(t), Options{Progress: func(share float64) {
		if share < last || share > 1 {
			t.Fatalf("it is at %g after %g", share, last)
		}
		if last = share; share > 0.5 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) || last > 0.6 {
		t.Errorf("it ends at %g with %v", last, err)
	}
	if _, err := Map(context.Background(), photos(t), Options{Progress: func(share float64) { last = share }}); err != nil || last != 1 {
		t.Errorf("it ends at %g with %v", last, err)
	}
}

func TestLogarithmsAndPowers(t *testing.T) {
	for x := 0.0; x > -50; x -= 0.37 {
		if got, want := exp(x), math.Exp(x); math.Abs(got-want) > 1e-14*want {
			t.Errorf("exp(%g) is %g, not %g", x, got, want)
		}
	}
	for x := 1.0; x < 40; x += 0.7 {
		if got, want := log2(x), math.Log2(x); math.Abs(got-want) > 1e-12 {
			t.Errorf("log2(%g) is %g, not %g", x, got, want)
		}
	}
}

// BenchmarkMap lays out as many photos as the page has at most, and fewer.
func BenchmarkMap(b *testing.B) {
	for _, n := range []int{600, 10_000} {
		lots := rand.New(rand.NewPCG(2, 0))
		some := photos(b)
		base := make([][]float32, some.N)
		for i := range base {
			base[i] = make([]float32, width)
			some.Read(base[i], i)
		}
		var rows [][]float32
		for range n { // between photos, with some noise
			row, p, q := make([]float32, width), base[lots.IntN(len(base))], base[lots.IntN(len(base))]
			f := float32(lots.Float64()) / 2
			for k := range row {
				row[k] = p[k]*(1-f) + q[k]*f + float32(3*lots.NormFloat64())
			}
			rows = append(rows, row)
		}
		b.Run(map[int]string{600: "600", 10_000: "10000"}[n], func(b *testing.B) {
			for b.Loop() {
				mapped(b, table(rows, width), 1)
			}
		})
	}
}
