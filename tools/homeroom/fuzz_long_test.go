//go:build unix

package main

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"flag"
	"fmt"
	"hash/fnv"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// Go's fuzzing hands each input to another process, which takes longer than most inputs here. This
// mode of the same target varies them in one process: inputs that reach statements of the readers
// that none had reached, or are refused with words that none was, are varied on.

var (
	longInputs = flag.Int64("inputs", 0, "how many inputs TestFuzzLong tries in this run; build with -cover, -coverpkg for the packages that are to be reached")
	longFolder = flag.String("state", "", "folder in which TestFuzzLong keeps the inputs that it varies, what it found, and how many it tried in all runs")
	longCache  = flag.String("corpus", "", "folder of inputs that Go's fuzzing has found for FuzzToGraph, to begin with")
)

// longestInput bounds an input.
const longestInput = 1 << 16

// patience is after how long an input hangs, and appetite how many bytes it may take: small files
// must be refused or read with little.
const (
	patience = 60 * time.Second
	appetite = 64 << 20
)

// seed is an input that is varied on.
type seed struct {
	input
	took time.Duration
}

// hunt is a run of TestFuzzLong.
type hunt struct {
	t        *testing.T
	chance   *rand.Rand
	corpus   []seed
	sums     [2][]float64 // of 1/took and of its square, over the corpus so far
	seen     map[uint64]bool
	covered  float64
	tried    int64
	at       [reaches]int64
	faults   int
	current  []byte // of a file: the input that is tried, should it end the process
	since    atomic.Int64
	allocs   []metrics.Sample
	previous uint64
	slowest  time.Duration
	hungry   uint64
}

// TestFuzzLong tries FuzzToGraph's kind of inputs by the million.
func TestFuzzLong(t *testing.T) {
	if *longInputs == 0 || *longFolder == "" {
		t.Skip("make fuzz-long runs it")
	}
	if testing.Coverage() == 0 {
		t.Fatal("build with -cover: what an input reaches tells which to vary on")
	}
	debug.SetGCPercent(400)
	if err := os.MkdirAll(filepath.Join(*longFolder, "corpus"), 0o777); err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(filepath.Join(*longFolder, "current"))
	if err == nil {
		err = file.Truncate(1 << 17)
	}
	if err != nil {
		t.Fatal(err)
	}
	current, err := syscall.Mmap(int(file.Fd()), 0, 1<<17, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	s := &hunt{t: t, chance: rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1)), seen: make(map[uint64]bool), current: current, allocs: []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}}
	s.since.Store(math.MaxInt64)
	go s.watch()
	for _, x := range seedInputs(t) {
		s.try(x, true)
	}
	for _, folder := range []string{filepath.Join(*longFolder, "corpus"), *longCache} {
		for _, x := range inputsIn(folder) {
			s.try(x, false)
		}
	}
	begun, told := time.Now(), time.Now()
	for n := int64(0); n < *longInputs && s.faults < 20; n++ {
		s.try(s.vary(), false)
		if n%1024 == 0 && time.Since(told) > time.Minute {
			told = time.Now()
			s.tell(n, begun)
		}
	}
	s.tell(*longInputs, begun)
	if s.faults > 0 {
		t.Errorf("%d faults: see %s", s.faults, *longFolder)
	}
}

// tell prints how far it is, and keeps the count.
func (s *hunt) tell(n int64, begun time.Time) {
	path := filepath.Join(*longFolder, "tried")
	before, _ := os.ReadFile(path)
	all, _ := strconv.ParseInt(strings.TrimSpace(string(before)), 10, 64)
	all += s.tried
	s.tried = 0
	if err := os.WriteFile(path, fmt.Appendln(nil, all), 0o666); err != nil {
		s.t.Fatal(err)
	}
	fmt.Printf("%s %d inputs in all runs, %.0f a second in this; %d are varied, %.2f%% of statements reached; refused %d, read %d, built %d, opened %d; slowest %v, hungriest %d KB; %d faults\n",
		time.Now().Format(time.TimeOnly), all, float64(n)/time.Since(begun).Seconds(), len(s.corpus), 100*s.covered, s.at[wasRefused], s.at[wasRead], s.at[wasBuilt], s.at[wasOpened], s.slowest.Round(time.Millisecond), s.hungry>>10, s.faults)
}

// watch ends the process where an input hangs; current has it.
func (s *hunt) watch() {
	for range time.Tick(time.Second) {
		if since := s.since.Load(); since != math.MaxInt64 && time.Since(time.Unix(0, since)) > patience {
			panic(fmt.Sprintf("an input takes more than %v: current in %s", patience, *longFolder))
		}
	}
}

// try takes an input the whole way, and keeps it if it shows anything new.
func (s *hunt) try(x input, always bool) {
	if len(x.data) > longestInput && !always {
		return
	}
	s.tried++
	s.current[0] = x.format
	binary.LittleEndian.PutUint32(s.current[1:], uint32(len(x.data)))
	copy(s.current[5:], x.data)
	begun := time.Now()
	s.since.Store(begun.UnixNano())
	at, said, err := wholeWay(x.format, x.data, largest)
	s.since.Store(math.MaxInt64)
	took := time.Since(begun)
	s.slowest = max(s.slowest, took)
	s.at[at]++
	if err != nil {
		s.found(x, err.Error())
		return
	}
	if s.tried%16 == 0 { // of sixteen together, since asking takes long
		metrics.Read(s.allocs)
		now := s.allocs[0].Value.Uint64()
		if s.previous != 0 {
			s.hungry = max(s.hungry, now-s.previous)
			if now-s.previous > 16*appetite {
				s.found(x, fmt.Sprintf("sixteen inputs, of which this is the last, took %d MB", (now-s.previous)>>20))
			}
		}
		s.previous = now
	}
	fresh := always
	if c := testing.Coverage(); c > s.covered {
		s.covered, fresh = c, true
	}
	if words := wordsOf(x.format, at, said); at > wasRefused && !s.seen[words] && len(s.seen) < 1<<10 {
		s.seen[words], fresh = true, true
	}
	if fresh {
		s.keep(x, took)
	}
}

func (s *hunt) keep(x input, took time.Duration) {
	s.corpus = append(s.corpus, seed{x, took})
	weight := 1.0
	for i, sums := range s.sums {
		weight /= took.Seconds() + 5e-6
		before := 0.0
		if len(sums) > 0 {
			before = sums[len(sums)-1]
		}
		s.sums[i] = append(sums, before+weight)
	}
	s.write("corpus", x)
}

// write keeps an input as Go's fuzzing does.
func (s *hunt) write(folder string, x input) string {
	text := fmt.Appendf(nil, "go test fuzz v1\nbyte(%q)\n[]byte(%q)\n", x.format, x.data)
	sum := fnv.New128a()
	sum.Write(text)
	path := filepath.Join(*longFolder, folder, hex.EncodeToString(sum.Sum(nil)))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o666); err != nil {
		s.t.Fatal(err)
	}
	return path
}

func (s *hunt) found(x input, what string) {
	words := wordsOf(x.format, reaches, what)
	if s.seen[words] {
		return
	}
	s.seen[words] = true
	s.faults++
	fmt.Printf("fault: %s: %s\n", s.write("faults", x), what)
}

// wordsOf is a message without its numbers and without what it quotes.
func wordsOf(format byte, at reach, said string) uint64 {
	sum := fnv.New64a()
	sum.Write([]byte{format % formats, byte(at)})
	quoted, last := false, byte(0)
	for i := 0; i < len(said); i++ {
		c := said[i]
		if c == '"' && (i == 0 || said[i-1] != '\\') {
			quoted = !quoted
		}
		if quoted || c >= '0' && c <= '9' || c == last {
			continue
		}
		sum.Write([]byte{c})
		last = c
	}
	return sum.Sum64()
}

// inputsIn reads inputs that Go's fuzzing or an earlier run has kept.
func inputsIn(folder string) (out []input) {
	if folder == "" {
		return nil
	}
	_ = filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil
		}
		lines := strings.Split(strings.TrimSpace(string(text)), "\n")
		if len(lines) != 3 || !strings.HasPrefix(lines[1], "byte(") || !strings.HasPrefix(lines[2], "[]byte(") {
			return nil
		}
		format, err := strconv.Unquote(strings.TrimSuffix(strings.TrimPrefix(lines[1], "byte("), ")"))
		if err != nil {
			return nil
		}
		data, err := strconv.Unquote(strings.TrimSuffix(strings.TrimPrefix(lines[2], "[]byte("), ")"))
		if err != nil {
			return nil
		}
		out = append(out, input{byte([]rune(format)[0]), []byte(data)})
		return nil
	})
	return out
}

// words are what files of these kinds have in them.
var words = []string{
	"ctorch._utils\n_rebuild_tensor_v2\n", "ctorch._utils\n_rebuild_parameter\n", "ctorch\nFloatStorage\n", "ctorch\nHalfStorage\n", "ccollections\nOrderedDict\n", "ctorch\nSize\n", "ctorch\nLongStorage\n",
	"cnumpy.core.multiarray\n_reconstruct\n", "cnumpy\ndtype\n", "ctorch._utils\n_rebuild_qtensor\n", "ctorch._utils\n_rebuild_sparse_tensor\n", "cbuiltins\nset\n", "c_codecs\nencode\n", "ctorch._tensor\n_rebuild_from_type_v2\n",
	")\x81", "}b", "K\x00", "K\x01", "K\x03", "M\xff\xff", "J\xff\xff\xff\xff", "J\xff\xff\xff\x7f", "\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f", "\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x80", "h\x00", "q\x01", "(t", "]", "}", "N", "\x88", "\x89", "R", "tR", "Q", "0", "2", ".",
	"state_dict", "state_dict_ema", "module.", "model.", "_modules", "_parameters", "_buffers", "stride", "padding", "dilation", "groups", "eps", "ceil_mode", "running_mean", "running_var", "weight", "bias", "fc.", "classifier.", "features.0.", "num_batches_tracked",
	`"dtype":"F32"`, `"dtype":"BF16"`, `"shape":[]`, `"shape":[0]`, `"data_offsets":[0,0]`, `"__metadata__":{}`, "{", "[", ",", "9223372036854775807", "-1", "1e309",
	"ctorch.nn.modules.activation\nReLU\n", "ctorch.nn.modules.activation\nLeakyReLU\n", "ctorch.nn.modules.linear\nLinear\n", "ctorch.nn.modules.conv\nConv2d\n", "ctorch.nn.modules.batchnorm\nBatchNorm2d\n", "ctorch.nn.modules.container\nSequential\n",
	"Conv", "Gemm", "Reshape", "Transpose", "Concat", "Slice", "Split", "Resize", "Pad", "MatMul", "Gather", "Expand", "axes", "axis", "pads", "strides", "group",
}

// vary makes an input out of a seed, or of two. In one of 32 seeds are given the same time each; in
// the others quick ones get more of it, since there a few bytes say what tensors a file has, and
// whoever is refused is refused soon.
func (s *hunt) vary() input {
	at := s.chance.IntN(len(s.corpus))
	if n := s.chance.IntN(1024); n > 0 {
		sums := s.sums[1]
		if n < 32 {
			sums = s.sums[0]
		}
		at, _ = slices.BinarySearch(sums, s.chance.Float64()*sums[len(sums)-1])
	}
	from := s.corpus[min(at, len(s.corpus)-1)]
	x := input{from.format, append(make([]byte, 0, len(from.data)+64), from.data...)}
	if s.chance.IntN(200) == 0 {
		x.format = byte(s.chance.IntN(formats))
	}
	for range 1 << s.chance.IntN(4) {
		x.data = s.change(x.data)
	}
	return x
}

// change changes an input at one place.
func (s *hunt) change(data []byte) []byte {
	r := s.chance
	if len(data) == 0 {
		return append(data, words[r.IntN(len(words))]...)
	}
	at := r.IntN(len(data))
	few := min(1+r.IntN(1<<r.IntN(8)), len(data)-at) // most often only some bytes
	switch r.IntN(13) {
	case 0:
		data[at] ^= 1 << r.IntN(8)
	case 1:
		data[at] = byte(r.Uint32())
	case 2:
		data[at] += byte(r.IntN(33) - 16)
	case 3:
		data[at] = []byte{0, 1, 127, 128, 255, 16, 32, 64}[r.IntN(8)]
	case 4:
		if at+4 <= len(data) {
			binary.LittleEndian.PutUint32(data[at:], []uint32{0, 1, 1<<31 - 1, 1 << 31, 1<<32 - 1, 65535, 65536, 1 << 24}[r.IntN(8)])
		}
	case 5:
		if at+8 <= len(data) {
			binary.LittleEndian.PutUint64(data[at:], []uint64{0, 1<<63 - 1, 1 << 63, 1<<64 - 1, 1 << 32, 1 << 40}[r.IntN(6)])
		}
	case 6:
		data = slices.Delete(data, at, at+few)
	case 7:
		data = slices.Insert(data, at, slices.Clone(data[at:at+few])...)
	case 8:
		data = slices.Insert(data, at, []byte(words[r.IntN(len(words))])...)
	case 9:
		copy(data[at:], words[r.IntN(len(words))])
	case 10: // a part from elsewhere in it
		to := r.IntN(len(data))
		copy(data[to:], bytes.Clone(data[at:at+few]))
	case 11: // a part of another input
		other := s.corpus[r.IntN(len(s.corpus))].data
		if len(other) > 0 {
			from := r.IntN(len(other))
			data = slices.Insert(data, at, other[from:min(from+few, len(other))]...)
		}
	case 12: // another number in text
		for i := at; i < len(data) && i < at+64; i++ {
			if data[i] >= '0' && data[i] <= '9' {
				data[i] = '0' + byte(r.IntN(10))
				break
			}
		}
	}
	return data
}
