package pack

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
)

// runsOf cuts what a tensor holds into the runs that it is coded in: the elements of an I8 tensor
// slice by slice along axis 0; of the numbers of several bytes, which follow or are all there is,
// first their lowest bytes, then the next ones.
func (t *Tensor) runsOf() [][]byte {
	if t.DType != I8 {
		return planes(t.Data, t.DType.size())
	}
	row := t.rowLen()
	runs := make([][]byte, 0, t.Dims[0]+4)
	for i := range t.Dims[0] {
		runs = append(runs, t.Data[i*row:(i+1)*row])
	}
	scales := make([]byte, 0, 4*len(t.Scale))
	for _, s := range t.Scale {
		scales = binary.LittleEndian.AppendUint32(scales, math.Float32bits(s))
	}
	return append(runs, planes(scales, 4)...)
}

// planes takes numbers of a size apart.
func planes(data []byte, size int) [][]byte {
	n := len(data) / size
	all := make([]byte, len(data))
	out := make([][]byte, size)
	for p := range size {
		out[p] = all[p*n : (p+1)*n]
		for i := range out[p] {
			out[p][i] = data[i*size+p]
		}
	}
	return out
}

// decodeTensor fills the Data and Scale of a tensor, whose other fields are set, of n elements,
// from its coded bytes.
func (t *Tensor) decodeTensor(coded []byte, n int, tables []table) error {
	size := t.DType.size()
	whole, kinds := n*size, size // bytes of all elements, and runs
	if t.DType == I8 {
		whole, kinds = n+4*t.Dims[0], t.Dims[0]+4
	}
	if whole/MaxExpansion > len(coded) {
		return fmt.Errorf("%d coded bytes for %d, more than %d times as many", len(coded), whole, MaxExpansion)
	}
	d, err := newDecoder(coded)
	if err != nil {
		return err
	}
	if kinds/MaxExpansion > len(coded) {
		return fmt.Errorf("%d coded bytes for %d runs", len(coded), kinds)
	}
	by := make([]byte, kinds)
	if err := d.run(by, &tables[0]); err != nil {
		return err
	}
	for i, k := range by {
		if int(k) >= len(tables) {
			return fmt.Errorf("run %d is coded by table %d of %d", i, k, len(tables))
		}
	}
	if t.DType != I8 {
		if t.Data, err = joined(d, n, by, tables); err != nil {
			return err
		}
		return d.end()
	}
	t.Data = make([]byte, n)
	row := n / t.Dims[0]
	for i := range t.Dims[0] {
		if err := d.run(t.Data[i*row:(i+1)*row], &tables[by[i]]); err != nil {
			return err
		}
	}
	scales, err := joined(d, t.Dims[0], by[t.Dims[0]:], tables)
	if err != nil {
		return err
	}
	t.Scale = make([]float32, t.Dims[0])
	for i := range t.Scale {
		t.Scale[i] = math.Float32frombits(binary.LittleEndian.Uint32(scales[4*i:]))
	}
	return d.end()
}

// joined decodes n numbers of len(by) bytes, whose planes are coded by these tables.
func joined(d *decoder, n int, by []byte, tables []table) ([]byte, error) {
	size := len(by)
	out, plane := make([]byte, n*size), make([]byte, n)
	for p, k := range by {
		if err := d.run(plane, &tables[k]); err != nil {
			return nil, err
		}
		for i, b := range plane {
			out[i*size+p] = b
		}
	}
	return out, nil
}

// coding is how the tensors of a pack are to be coded.
type coding struct {
	tables  []frequencies
	tensors [][]byte // coded; nil for one that would not become smaller
}

const (
	roundsOfTables = 8    // after so many the tables hardly change
	leastOfTable   = 4096 // bytes that a table codes in the beginning
	leastGain      = 0.98 // of the bytes of a tensor that its code may take; else it is stored as it is
)

// code chooses tables of frequencies for the runs of all tensors together, and codes them.
func code(tensors []*Tensor) coding {
	var runs []*counted
	of := make([][]*counted, len(tensors))
	for i, t := range tensors {
		for _, b := range t.runsOf() {
			r := newCounted(b)
			of[i] = append(of[i], r)
			runs = append(runs, r)
		}
	}
	if len(runs) == 0 {
		return coding{tensors: make([][]byte, len(tensors))}
	}
	groups := assign(runs)
	// The first table is for the numbers of the tables.
	var kinds [256]float64
	for _, r := range runs {
		kinds[r.table]++
	}
	c := coding{tables: make([]frequencies, len(groups)), tensors: make([][]byte, len(tensors))}
	c.tables[0] = scaled(&kinds)
	for k := 1; k < len(groups); k++ {
		c.tables[k] = scaled(&groups[k])
	}
	each(len(tensors), func(i int) {
		t := tensors[i]
		by := make([]byte, len(of[i]))
		list := []run{{by, 0}}
		for j, r := range of[i] {
			by[j] = r.table
			list = append(list, run{r.bytes, r.table})
		}
		out := encode(list, c.tables)
		_, plain := layout(int64(t.Len()), t.Dims, t.DType)
		if float64(len(out)) <= leastGain*float64(plain) && len(out) >= int(plain)/MaxExpansion+1 {
			c.tensors[i] = out
		}
	})
	return c
}

// counted is a run with how often each byte occurs.
type counted struct {
	bytes  []byte
	kinds  []byte // that occur
	counts []float64
	spread float64 // mean distance of its bytes, as signed numbers, from 0
	table  uint8   // from 1
}

func newCounted(b []byte) *counted {
	var count [256]int
	r := &counted{bytes: b, table: 1}
	for _, v := range b {
		count[v]++
	}
	for v, n := range count {
		if n > 0 {
			r.kinds, r.counts = append(r.kinds, byte(v)), append(r.counts, float64(n))
			r.spread += float64(n) * math.Abs(float64(int8(v)))
		}
	}
	r.spread /= float64(len(b))
	return r
}

// bits is what the run takes where byte b takes cost[b] bits.
func (r *counted) bits(cost *[256]float64) float64 {
	sum := 0.0
	for i, v := range r.kinds {
		sum += r.counts[i] * cost[v]
	}
	return sum
}

// assign gives each run its table, by Lloyd's algorithm: a table is the mean of the runs that it
// codes, and a run goes to the table that codes it shortest. Then tables that are worth less than
// the bytes they take are merged. It returns what the runs of each table count; 0 is left out.
func assign(runs []*counted) [][256]float64 {
	all := 0
	for _, r := range runs {
		all += len(r.bytes)
	}
	k := min(max(all/leastOfTable, 1), MaxTables-1)
	bySpread := slices.Clone(runs)
	slices.SortStableFunc(bySpread, func(a, b *counted) int { return cmp.Compare(a.spread, b.spread) })
	seen := 0
	for _, r := range bySpread {
		r.table = uint8(1 + seen*k/all)
		seen += len(r.bytes)
	}
	sums := total(runs, k)
	for range roundsOfTables {
		costs := costsOf(sums)
		each(len(runs), func(i int) {
			r := runs[i]
			best := r.bits(&costs[r.table])
			for t := 1; t < len(costs); t++ {
				if b := r.bits(&costs[t]); b < best-1e-6 { // it stays where another is no better
					best, r.table = b, uint8(t)
				}
			}
		})
		sums = total(runs, k)
	}
	into := merge(sums)
	for _, r := range runs {
		r.table = into[r.table]
	}
	return total(runs, int(slices.Max(into)))
}

// merge merges tables as long as the code grows by less than a table takes. It returns the new
// number of each, from 1.
func merge(sums [][256]float64) []uint8 {
	into := make([]uint8, len(sums))
	bits := make([]float64, len(sums))
	left := []int{}
	for t := 1; t < len(sums); t++ {
		if bits[t] = bitsOf(&sums[t], nil); bits[t] > 0 || slices.Max(sums[t][:]) > 0 {
			left = append(left, t)
		}
		into[t] = uint8(t)
	}
	for len(left) > 1 {
		least, a, b := math.Inf(1), 0, 0
		for i, x := range left {
			for _, y := range left[i+1:] {
				if grows := bitsOf(&sums[x], &sums[y]) - bits[x] - bits[y] - savedBy(&sums[x], &sums[y]); grows < least {
					least, a, b = grows, x, y
				}
			}
		}
		if least >= 0 {
			break
		}
		for i, n := range sums[b] {
			sums[a][i] += n
		}
		bits[a] = bitsOf(&sums[a], nil)
		left = slices.DeleteFunc(left, func(t int) bool { return t == b })
		for t := range into {
			if int(into[t]) == b {
				into[t] = uint8(a)
			}
		}
	}
	for t := range into {
		into[t] = uint8(1 + slices.Index(left, int(into[t])))
	}
	return into
}

// bitsOf is the length of the code of what was counted, in one table; b may be nil.
func bitsOf(a, b *[256]float64) float64 {
	all, sum := 0.0, 0.0
	for i, n := range a {
		if b != nil {
			n += b[i]
		}
		if n > 0 {
			all += n
			sum -= n * math.Log2(n)
		}
	}
	if all == 0 {
		return 0
	}
	return sum + all*math.Log2(all)
}

// savedBy is about what is saved where two tables become one, in bits: a byte for each byte that
// occurs in both.
func savedBy(a, b *[256]float64) float64 {
	both := 2.0
	for i := range a {
		if a[i] > 0 && b[i] > 0 {
			both++
		}
	}
	return 8 * both
}

// total counts the bytes of the runs of each table from 1 to k.
func total(runs []*counted, k int) [][256]float64 {
	sums := make([][256]float64, k+1)
	for _, r := range runs {
		for i, v := range r.kinds {
			sums[r.table][v] += r.counts[i]
		}
	}
	return sums
}

// costsOf gives what each byte takes in each table, in bits. A byte that a table does not have yet
// may be put in it: it is then coded by the least frequency, and takes the place of another's.
func costsOf(sums [][256]float64) [][256]float64 {
	costs := make([][256]float64, len(sums))
	for t := 1; t < len(sums); t++ {
		all := 0.0
		for _, n := range sums[t] {
			all += n
		}
		for b, n := range sums[t] {
			switch share := n / max(all, 1); {
			case n > 0:
				costs[t][b] = -math.Log2(max(share, 1.0/tableSum))
			default:
				costs[t][b] = tableBits + 1
			}
		}
	}
	return costs
}

// each calls f with 0 … n-1, on all threads.
func each(n int, f func(i int)) {
	workers := min(runtime.GOMAXPROCS(0), n)
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for i := w; i < n; i += workers {
				f(i)
			}
		})
	}
	all.Wait()
}
