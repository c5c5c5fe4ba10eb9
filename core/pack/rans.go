package pack

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"unsafe"
)

// The entropy coder is a range variant of asymmetric numeral systems (Duda 2013, arXiv 1311.2540):
// four states take turns over the bytes of a run, so that a processor works on four at once.
// FORMAT.md has the format to the bit.

const (
	tableBits = 12             // the frequencies of a table add up to 1 << tableBits
	tableSum  = 1 << tableBits // 4096
	lanes     = 4              // states that take turns
	leastWord = 1 << 16        // a state below it takes in 16 more bits
	statesLen = 4 * lanes      // bytes that the first states take

	// MaxTables is the largest number of tables of frequencies of a pack.
	MaxTables = 64
	// MaxExpansion is how many times the bytes of a coded tensor it may have when it is decoded.
	MaxExpansion = 16
)

var (
	errWordsShort = errors.New("its coded bytes end too early; the file is damaged, download it again")
	errWordsLeft  = errors.New("its coded bytes do not end where its elements do; the file is damaged, download it again")
)

// frequencies says how often each byte is taken to occur among tableSum bytes: 0 for one that does
// not occur, else from 1 to tableSum - 1.
type frequencies [256]uint16

// table decodes the bytes of one table of frequencies. The entry of each of the tableSum slots is
// the byte in the lowest 8 bits, what is to be added to the state in the next 12, and the byte's
// frequency in the highest 12.
type table [tableSum]uint32

// check says what is wrong with frequencies.
func (f *frequencies) check() error {
	sum := 0
	for b, n := range f {
		if n >= tableSum {
			return fmt.Errorf("byte %d has the frequency %d of %d, more than it may have", b, n, tableSum)
		}
		sum += int(n)
	}
	if sum != tableSum {
		return fmt.Errorf("its frequencies add up to %d, not %d", sum, tableSum)
	}
	return nil
}

// lay fills the table that decodes frequencies, which must have passed check.
func (t *table) lay(f *frequencies) {
	slot := uint32(0)
	for b, n := range f {
		for i := range uint32(n) {
			t[slot] = uint32(n)<<20 | i<<8 | uint32(b)
			slot++
		}
	}
}

// order is the place of a byte in a stored table: signed numbers in their order, so that those
// which do not occur lie at both ends.
func order(b int) int { return b ^ 0x80 }

// appendTo writes the frequencies as a pack stores them: the first and the last place that occurs,
// and the frequencies between them, in one byte below 128, else in two.
func (f *frequencies) appendTo(out []byte) []byte {
	first, last := 255, 0
	for b, n := range f {
		if n > 0 {
			first, last = min(first, order(b)), max(last, order(b))
		}
	}
	out = append(out, byte(first), byte(last))
	for place := first; place <= last; place++ {
		n := f[order(place)]
		if n >= 0x80 {
			out = append(out, byte(n>>8)|0x80)
		}
		out = append(out, byte(n))
	}
	return out
}

// parseTables reads count stored tables that fill data.
func parseTables(data []byte, count int) ([]frequencies, error) {
	tables := make([]frequencies, count)
	for i := range tables {
		f := &tables[i]
		if len(data) < 2 || data[0] > data[1] {
			return nil, fmt.Errorf("table %d of %d: its first and last byte are missing or wrong", i, count)
		}
		first, last := int(data[0]), int(data[1])
		data = data[2:]
		for place := first; place <= last; place++ {
			wide := len(data) > 0 && data[0] >= 0x80
			if len(data) == 0 || wide && len(data) == 1 {
				return nil, fmt.Errorf("table %d of %d is cut short", i, count)
			}
			n := uint16(data[0])
			if wide {
				n = n&0x7f<<8 | uint16(data[1])
				if n < 0x80 {
					return nil, fmt.Errorf("table %d of %d: the frequency %d takes two bytes", i, count, n)
				}
				data = data[1:]
			}
			f[order(place)] = n
			data = data[1:]
		}
		if f[order(first)] == 0 || f[order(last)] == 0 {
			return nil, fmt.Errorf("table %d of %d: its first or its last byte does not occur", i, count)
		}
		if err := f.check(); err != nil {
			return nil, fmt.Errorf("table %d of %d: %w", i, count, err)
		}
	}
	if len(data) > 0 {
		return nil, fmt.Errorf("%d bytes follow the last table", len(data))
	}
	return tables, nil
}

// decoder reads the runs of one coded tensor.
type decoder struct {
	state [lanes]uint32
	words []byte // what is left, 16 bits each
}

// newDecoder begins with the bytes of a coded tensor.
func newDecoder(data []byte) (*decoder, error) {
	if len(data) < statesLen || len(data)%2 != 0 {
		return nil, fmt.Errorf("%d coded bytes, where there must be an even number from %d on", len(data), statesLen)
	}
	d := &decoder{words: data[statesLen:]}
	for i := range d.state {
		d.state[i] = binary.LittleEndian.Uint32(data[4*i:])
		if d.state[i] < leastWord {
			return nil, fmt.Errorf("state %d is %d, below %d", i, d.state[i], leastWord)
		}
	}
	return d, nil
}

// run decodes len(dst) bytes by one table. Byte i belongs to state i mod 4.
func (d *decoder) run(dst []byte, t *table) error {
	// States are below 1<<32 and computed in 64 bits, which WebAssembly does without masks.
	x0, x1, x2, x3 := uint64(d.state[0]), uint64(d.state[1]), uint64(d.state[2]), uint64(d.state[3])
	words := d.words
	at := 0
	n := 0
	for {
		// So many turns stay within both ends whatever they read, and need not look where they are.
		turns := min((len(dst)-n)/lanes, (len(words)-at)/(2*lanes))
		if turns == 0 {
			break
		}
		to, from := unsafe.Pointer(&dst[n]), unsafe.Pointer(&words[at])
		begin := uintptr(from)
		n += turns * lanes
		for range turns {
			e0, e1, e2, e3 := uint64(t[x0%tableSum]), uint64(t[x1%tableSum]), uint64(t[x2%tableSum]), uint64(t[x3%tableSum])
			binary.LittleEndian.PutUint32((*[lanes]byte)(to)[:], uint32(e0&0xff|e1&0xff<<8|e2&0xff<<16|e3<<24))
			to = unsafe.Add(to, lanes)
			x0 = e0>>20*(x0>>tableBits) + e0>>8%tableSum
			x1 = e1>>20*(x1>>tableBits) + e1>>8%tableSum
			x2 = e2>>20*(x2>>tableBits) + e2>>8%tableSum
			x3 = e3>>20*(x3>>tableBits) + e3>>8%tableSum
			// Whether a state takes a word in can't be foretold, so it is computed and not branched
			// on: 16 bits of the next 64, or none.
			next := binary.LittleEndian.Uint64((*[2 * lanes]byte)(from)[:])
			m0 := takes(x0)
			x0 = x0<<m0 | next&(1<<m0-1)
			next >>= m0
			m1 := takes(x1)
			x1 = x1<<m1 | next&(1<<m1-1)
			next >>= m1
			m2 := takes(x2)
			x2 = x2<<m2 | next&(1<<m2-1)
			next >>= m2
			m3 := takes(x3)
			x3 = x3<<m3 | next&(1<<m3-1)
			from = unsafe.Add(from, (m0+m1+m2+m3)>>3)
		}
		at += int(uintptr(from) - begin)
	}
	d.state = [lanes]uint32{uint32(x0), uint32(x1), uint32(x2), uint32(x3)}
	for ; n < len(dst); n++ {
		x := &d.state[n%lanes]
		e := t[*x%tableSum]
		dst[n] = byte(e)
		*x = e>>20*(*x>>tableBits) + e>>8%tableSum
		if *x < leastWord {
			if at+2 > len(words) {
				return errWordsShort
			}
			*x = *x<<16 | uint32(binary.LittleEndian.Uint16(words[at:]))
			at += 2
		}
	}
	d.words = words[at:]
	return nil
}

// takes is how many bits a state takes in: 16 where it is below leastWord, else 0.
func takes(x uint64) uint64 { return (x - leastWord) >> 59 & 16 }

// end checks that all words were read and that the states are those which the writer began with.
func (d *decoder) end() error {
	if len(d.words) > 0 {
		return errWordsLeft
	}
	for _, x := range d.state {
		if x != leastWord {
			return errWordsLeft
		}
	}
	return nil
}

// run is a stretch of bytes that is coded by one table.
type run struct {
	bytes []byte
	table uint8
}

// encode codes runs. Each byte must occur in the table of its run.
func encode(runs []run, tables []frequencies) []byte {
	starts := make([][256]uint32, len(tables))
	for i := range tables {
		sum := uint32(0)
		for b, n := range tables[i] {
			starts[i][b] = sum
			sum += uint32(n)
		}
	}
	state := [lanes]uint32{leastWord, leastWord, leastWord, leastWord}
	var words []uint16 // the last first: a state gives back last what it was given first
	for i := len(runs) - 1; i >= 0; i-- {
		r := runs[i]
		f, start := &tables[r.table], &starts[r.table]
		for j := len(r.bytes) - 1; j >= 0; j-- {
			b := r.bytes[j]
			n, x := uint32(f[b]), state[j%lanes]
			if uint64(x) >= uint64(n)<<(32-tableBits) {
				words = append(words, uint16(x))
				x >>= 16
			}
			state[j%lanes] = x/n<<tableBits + x%n + start[b]
		}
	}
	out := make([]byte, 0, statesLen+2*len(words))
	for _, x := range state {
		out = binary.LittleEndian.AppendUint32(out, x)
	}
	for i := len(words) - 1; i >= 0; i-- {
		out = binary.LittleEndian.AppendUint16(out, words[i])
	}
	return out
}

// scaled makes frequencies of how often bytes occurred: every byte that did has at least 1, and the
// code of what was counted is as short as such frequencies make it, but for what one unit more or
// less can gain.
func scaled(count *[256]float64) frequencies {
	var f frequencies
	total, kinds := 0.0, 0
	for _, n := range count {
		total += n
		if n > 0 {
			kinds++
		}
	}
	if kinds < 2 {
		// A table has two bytes at least: no frequency is the whole sum.
		one := 0
		for b, n := range count {
			if n > 0 {
				one = b
			}
		}
		f[one], f[one^1] = tableSum-1, 1
		return f
	}
	sum := 0
	for b, n := range count {
		if n > 0 {
			f[b] = uint16(min(max(math.Round(n/total*tableSum), 1), tableSum-1))
			sum += int(f[b])
		}
	}
	for sum != tableSum {
		best, at := math.Inf(-1), -1
		step := 1
		if sum > tableSum {
			step = -1
		}
		for b, n := range count {
			if n == 0 || int(f[b])+step < 1 || int(f[b])+step >= tableSum {
				continue
			}
			if gain := n * math.Log(float64(int(f[b])+step)/float64(f[b])); gain > best {
				best, at = gain, b
			}
		}
		f[at] = uint16(int(f[at]) + step)
		sum += step
	}
	return f
}
