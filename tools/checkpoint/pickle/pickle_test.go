package pickle

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"runtime"
	"strings"
	"testing"
)

func read(s string, opt Options) (any, error) {
	if opt.Allow == nil {
		opt.Allow = func(g Global) Use {
			switch {
			case g.Module == "os":
				return Refuse
			case g.Module == "safe":
				return Call
			}
			return Name
		}
	}
	r := strings.NewReader(s)
	return NewReader(r, r.Size()).Read(opt)
}

// show writes a value as Python would, near enough.
func show(v any) string {
	list := func(open string, items []any, end string) string {
		s := make([]string, len(items))
		for i, v := range items {
			s[i] = show(v)
		}
		return open + strings.Join(s, " ") + end
	}
	switch v := v.(type) {
	case nil:
		return "None"
	case string:
		return fmt.Sprintf("%q", v)
	case Bytes:
		return fmt.Sprintf("b%q", []byte(v))
	case *List:
		return list("[", v.Items, "]")
	case Tuple:
		return list("(", v, ")")
	case *Dict:
		s := make([]string, v.Len())
		for i := range s {
			s[i] = show(v.Keys[i]) + ":" + show(v.Values[i])
		}
		return "{" + strings.Join(s, " ") + "}"
	case *Object:
		s := v.Class.String() + show(v.Args)
		if v.State != nil {
			s += "+" + show(v.State)
		}
		if v.Items.Len() > 0 {
			s += show(&v.Items)
		}
		if len(v.List.Items) > 0 {
			s += show(&v.List)
		}
		return s
	case *Persistent:
		return "<" + show(v.ID) + ">"
	case *Span:
		b, err := io.ReadAll(v.Open())
		return fmt.Sprintf("span(%d %v %q… %v)", v.N, v.Text, b[:4], err)
	}
	return fmt.Sprint(v)
}

func TestInstructions(t *testing.T) {
	long := strings.Repeat("ab\x00\xff", Inline/4) + "x"
	le := func(n int) string { return string(binary.LittleEndian.AppendUint32(nil, uint32(n))) }
	for _, c := range []struct{ pickle, want string }{
		{"N.", "None"},
		{"\x80\x02N.", "None"},
		{"\x80\x05\x95\x02\x00\x00\x00\x00\x00\x00\x00N.", "None"},
		{"I12\n.", "12"}, {"I00\n.", "false"}, {"I01\n.", "true"}, {"I-9223372036854775809\n.", "-9223372036854775809"},
		{"L123L\n.", "123"}, {"L123\n.", "123"},
		{"F1e400\n.", "+Inf"}, {"F-0.5\n.", "-0.5"}, {"Fnan\n.", "NaN"},
		{"J\xff\xff\xff\xff.", "-1"}, {"K\xff.", "255"}, {"M\xff\xff.", "65535"},
		{"\x8a\x00.", "0"}, {"\x8a\x01\xff.", "-1"}, {"\x8a\x02\xff\x00.", "255"}, {"\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x80.", "-9223372036854775808"},
		{"\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x80\x00.", "9223372036854775808"}, {"\x8a\x09\xff\xff\xff\xff\xff\xff\xff\xff\xff.", "-1"},
		{"\x8b\x02\x00\x00\x00\x00\x80.", "-32768"},
		{"G\x3f\xf8\x00\x00\x00\x00\x00\x00.", "1.5"},
		{`S'a\n\x41\101\\\'\q'` + "\n.", `"a\nAA\\'\\q"`}, {"S\"a'\"\n.", `"a'"`},
		{`Va\u0041\U0001F642` + "\xe9\n.", `"aA🙂é"`},
		{"U\x02ab.", `"ab"`}, {"T\x02\x00\x00\x00ab.", `"ab"`}, {"X\x02\x00\x00\x00ab.", `"ab"`},
		{"\x8c\x02ab.", `"ab"`}, {"\x8d\x02\x00\x00\x00\x00\x00\x00\x00ab.", `"ab"`},
		{"C\x02ab.", `b"ab"`}, {"B\x02\x00\x00\x00ab.", `b"ab"`}, {"\x8e\x02\x00\x00\x00\x00\x00\x00\x00ab.", `b"ab"`}, {"\x96\x02\x00\x00\x00\x00\x00\x00\x00ab.", `b"ab"`},
		{"B" + le(len(long)) + long + ".", `span(4097 false "ab\x00\xff"… <nil>)`},
		{"X" + le(len(long)) + long + ".", `span(4097 true "ab\x00\xff"… <nil>)`},
		{"T" + le(len(long)) + long + "K\x01\x86.", `(span(4097 false "ab\x00\xff"… <nil>) 1)`},
		{").", "()"}, {"(K\x01K\x02t.", "(1 2)"}, {"K\x01\x85.", "(1)"}, {"K\x01K\x02\x86.", "(1 2)"}, {"K\x01K\x02K\x03\x87.", "(1 2 3)"},
		{"].", "[]"}, {"(K\x01l.", "[1]"}, {"]K\x01a.", "[1]"}, {"](K\x01K\x02e.", "[1 2]"},
		{"}.", "{}"}, {"(K\x01K\x02d.", "{1:2}"}, {"}K\x01K\x02s.", "{1:2}"}, {"}(K\x01K\x02K\x01K\x03u.", "{1:3}"}, {"})Ns.", "{():None}"},
		{"\x8f(K\x01\x90.", "[1]"}, {"(K\x01\x91.", "[1]"},
		{"K\x012\x86.", "(1 1)"}, {"K\x01K\x020.", "1"}, {"K\x01(K\x02K\x031.", "1"}, {"K\x01(0.", "1"},
		{"]p7\n0g7\n.", "[]"}, {"]q\x07h\x07\x86.", "([] [])"}, {"]r\xff\xff\xff\xff0j\xff\xff\xff\xff.", "[]"}, {"]\x940h\x00.", "[]"},
		{"chis\nClass\n.", "his.Class"}, {"\x8c\x03his\x8c\x05Class\x93.", "his.Class"},
		{"chis\nClass\n)\x81.", "his.Class()"}, {"chis\nClass\n)\x81}K\x01K\x02sb.", "his.Class()+{1:2}"},
		{"chis\nClass\n)}\x92.", "his.Class()"}, {"(ihis\nClass\n.", "his.Class()"}, {"(chis\nClass\no.", "his.Class()"},
		{"chis\nClass\n)\x81(K\x01K\x02u(K\x03e.", "his.Class(){1:2}[3]"},
		{"csafe\ncall\nK\x01\x85R.", "safe.call(1)"}, {"csafe\ncall\n](K\x01eR.", "safe.call(1)"}, {"csafe\ncall\nK\x01\x85}\x92.", "safe.call(1)"},
		{"ccopy_reg\n_reconstructor\n(chis\nClass\nc__builtin__\nobject\nNtR.", "his.Class()"},
		{"ccopyreg\n__newobj__\n(chis\nClass\ntR.", "his.Class()"},
		{"Pkey\n.", `<"key">`}, {"K\x01Q.", "<1>"},
	} {
		v, err := read(c.pickle, Options{})
		if err != nil {
			t.Errorf("%q: %v", c.pickle[:min(len(c.pickle), 40)], err)
		} else if got := show(v); got != c.want {
			t.Errorf("%q: %s, want %s", c.pickle[:min(len(c.pickle), 40)], got, c.want)
		}
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct{ name, pickle, want string }{
		{"empty", "", "cut short"},
		{"no stop", "N", "cut short: it goes on past the end at byte 1"},
		{"cut in a length", "X\x01\x00", "cut short"},
		{"cut in a string", "X\x05\x00\x00\x00ab", "5 bytes are announced at byte 5 and 2 remain"},
		{"huge string", "\x8d\xff\xff\xff\xff\xff\xff\xff\xff.", "are announced"},
		{"huge bytes", "\x8e\xff\xff\xff\xff\xff\xff\xff\x7f.", "are announced"},
		{"huge frame", "\x95\xff\xff\xff\xff\xff\xff\xff\x7f.", "are announced"},
		{"huge int", "\x8b\xff\xff\xff\xff.", "an int of 4294967295 bytes"},
		{"long int", "L" + strings.Repeat("9", 3000) + "L\n.", "an int of"},
		{"long line", "V" + strings.Repeat("a", maxLine+1), "a line of more than"},
		{"protocol", "\x80\x06N.", "protocol 6 is newer"},
		{"no such instruction", "\x00.", `instruction '\x00' at byte 0`},
		{"underflow", ".", "nothing is left"},
		{"tuple underflow", "N\x86.", "nothing is left"},
		{"below the mark", "N(.", "nothing is left"},
		{"hidden by the mark", "N(\x85.", "nothing is left"},
		{"no mark", "Nt.", "no mark"},
		{"odd items", "}(Nu.", "a key without its value"},
		{"append to a tuple", ")Na.", "appends to a pickle.Tuple"},
		{"item of a list", "]NNs.", "sets an item of a *pickle.List"},
		{"state of a list", "]Nb.", "gives a state to a *pickle.List"},
		{"forgotten", "h\x01.", "nothing is remembered under 1"},
		{"bad key", "g-1\n.", "a memo key"},
		{"bad float", "Fx\n.", "isn't a float"},
		{"bad int", "Ix\n.", "isn't an int"},
		{"no quotes", "Sab\n.", "without its quotes"},
		{"bad escape", "S'\\xg'\n.", `bad \x`},
		{"end in a backslash", "S'\\'\n.", "ends in a backslash"},
		{"bad unicode", "V\\u12\n.", `bad \u`},
		{"extension", "\x82\x01.", "extension registry"},
		{"buffer", "\x97.", "a buffer that isn't in the file"},
		{"name of an int", "NN\x93.", "isn't a string"},
		{"call of an int", "K\x01)R.", "it calls a int64"},
		{"call of an object", "csafe\ncall\n)R)R.", "it calls a *pickle.Object"},
		{"arguments", "csafe\ncall\nNR.", "arguments in a <nil>"},
		{"keyword arguments", "csafe\ncall\n)N\x92.", "keyword arguments in a"},
		{"obj of nothing", "(o.", "nothing is left"},

		{"GLOBAL", "cos\nsystem\n.", "wants to import os.system"},
		{"STACK_GLOBAL", "\x8c\x02os\x8c\x06system\x93.", "wants to import os.system"},
		{"REDUCE", "chis\nfn\nU\x02ls\x85R.", "wants to call his.fn"},
		{"REDUCE of a refused name", "cos\nsystem\nU\x02ls\x85R.", "os.system"},
		{"REDUCE without arguments", "chis\nfn\n)R.", "wants to call his.fn"},
		{"INST", "(U\x02lsihis\nPopen\n.", "wants to construct his.Popen"},
		{"INST of a refused name", "(ios\nsystem\n.", "os.system"},
		{"OBJ", "(chis\nPopen\nU\x02lso.", "wants to construct his.Popen"},
		{"NEWOBJ", "chis\nPopen\nU\x02ls\x85\x81.", "wants to construct his.Popen"},
		{"NEWOBJ_EX", "chis\nPopen\nU\x02ls\x85}\x92.", "wants to construct his.Popen"},
		{"NEWOBJ_EX by keyword", "chis\nPopen\n)}U\x04argsU\x02lss\x92.", "wants to construct his.Popen"},
		{"reconstructor", "ccopyreg\n_reconstructor\n(chis\nClass\nc__builtin__\nstr\nU\x01xtR.", "wants to construct his.Class"},
		{"newobj", "ccopyreg\n__newobj__\n(chis\nClass\nNtR.", "wants to construct his.Class"},
		{"long name", "cos\n" + strings.Repeat("x", 5000) + "\n.", "…, which no checkpoint needs"},
	} {
		v, err := read(c.pickle, Options{})
		if err == nil {
			t.Errorf("%s: read as %s", c.name, show(v))
		} else if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %q doesn't say %q", c.name, err, c.want)
		}
	}
	var unsafe *UnsafeError
	if _, err := read("cos\nsystem\n.", Options{}); !errors.As(err, &unsafe) || unsafe.Global != (Global{"os", "system"}) {
		t.Errorf("the refusal of os.system is %#v", err)
	}
}

// What a small file can make the machine allocate is bounded.
func TestBombs(t *testing.T) {
	many := 3 << 20
	var memo bytes.Buffer
	memo.WriteString("N")
	for i := range many / 8 {
		fmt.Fprintf(&memo, "r%s", binary.LittleEndian.AppendUint32(nil, uint32(i)*9))
	}
	for name, c := range map[string]struct {
		pickle string
		ok     bool
	}{
		"dicts":     {strings.Repeat("}", many) + ".", false},
		"lists":     {strings.Repeat("]", many) + ".", false},
		"objects":   {"chis\nC\nq\x00" + strings.Repeat("h\x00)\x81", many/4) + ".", false},
		"marks":     {strings.Repeat("(", many) + ".", false},
		"memo":      {memo.String() + ".", false},
		"high memo": {"Nr\xff\xff\xff\xffp18446744073709551\n.", true},
		// Doubling without end: each level holds the one below twice, which costs two references.
		"laughs": {"]q\x00" + strings.Repeat("h\x000]q\x00(h\x00h\x00e", 10000) + ".", true},
		"nested": {strings.Repeat("]", 50000) + strings.Repeat("a", 49999) + ".", true},
		"tuples": {"N" + strings.Repeat("\x85", 100000) + ".", true},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := read(c.pickle, Options{Memory: 32 << 20})
		runtime.ReadMemStats(&after)
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
		// The slices and maps that grow leave about as much behind again, for the collector.
		if got := after.TotalAlloc - before.TotalAlloc; got > 5*32<<20 {
			t.Errorf("%s: %d bytes allocated in all under a limit of 32 MB", name, got)
		}
	}
}

// The same values written by Python in each protocol.
func TestPythonsOwn(t *testing.T) {
	allow := func(g Global) Use {
		if g.Module == "__main__" && g.Name == "Thing" {
			return Name
		}
		return Call
	}
	for protocol := range 6 {
		data, err := os.ReadFile(fmt.Sprintf("testdata/values_p%d.pickle", protocol))
		if err != nil {
			t.Fatal(err)
		}
		v, err := NewReader(bytes.NewReader(data), int64(len(data))).Read(Options{Allow: allow})
		if err != nil {
			t.Errorf("protocol %d: %v", protocol, err)
			continue
		}
		items := v.(*List).Items
		want := []string{
			"None", "true", "false", "0", "255", "-1", "65535", "70000", "-2147483648", "1099511627776",
			"1180591620717411303424", "-1180591620717411303424", "1.5", "+Inf", `"text é 🙂\n\\u0041"`, `""`,
		}
		for i, w := range want {
			if got := show(items[i]); got != w {
				t.Errorf("protocol %d: value %d is %s, want %s", protocol, i, got, w)
			}
		}
		if _, ok := items[10].(*big.Int); !ok {
			t.Errorf("protocol %d: 2**70 is a %T", protocol, items[10])
		}
		if protocol >= 3 && show(items[16]) != `b"\x00\xff"` {
			t.Errorf("protocol %d: bytes are %s", protocol, show(items[16]))
		}
		rest := []string{"()", "(1)", "(1 2)", "(1 2 3)", "(1 2 3 4)", "[]", "[1 [2]]", "{}", `{"a":1 2:"b" (3):None 1.5:{}}`}
		for i, w := range rest {
			if got := show(items[18+i]); got != w {
				t.Errorf("protocol %d: value %d is %s, want %s", protocol, 18+i, got, w)
			}
		}
		thing := items[29].(*Object)
		if thing.Class != (Global{"__main__", "Thing"}) || show(thing.State) != `{"a":[1]}` {
			t.Errorf("protocol %d: the object is %s", protocol, show(thing))
		}
		if items[33] != (Global{"__main__", "Thing"}) {
			t.Errorf("protocol %d: the class is %s", protocol, show(items[33]))
		}
		if n := len(items); n != 36 || items[n-1] != items[n-2] {
			t.Errorf("protocol %d: what is shared became two of %d", protocol, n)
		}
	}
}

func TestConsecutivePickles(t *testing.T) {
	r := strings.NewReader("K\x01.K\x02.rest")
	p := NewReader(r, r.Size())
	for want := int64(1); want < 3; want++ {
		if v, err := p.Read(Options{Allow: func(Global) Use { return Refuse }}); err != nil || v != want {
			t.Errorf("%v, %v; want %d", v, err, want)
		}
	}
	if p.Offset() != 6 {
		t.Errorf("the rest begins at %d", p.Offset())
	}
}

type failing struct{}

func (failing) ReadAt([]byte, int64) (int, error) { return 0, errors.New("the disk is gone") }

func TestReadErrorsAreKept(t *testing.T) {
	_, err := NewReader(failing{}, 10).Read(Options{Allow: func(Global) Use { return Refuse }})
	if err == nil || !strings.Contains(err.Error(), "the disk is gone") {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	for protocol := range 6 {
		data, err := os.ReadFile(fmt.Sprintf("testdata/values_p%d.pickle", protocol))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := NewReader(bytes.NewReader(data), int64(len(data)))
		calls := 0
		_, err := r.Read(Options{Memory: 1 << 20, Allow: func(g Global) Use {
			calls++
			return Use(len(g.Name) % 3)
		}})
		if r.Offset() > int64(len(data)) {
			t.Fatalf("it read up to %d of %d bytes", r.Offset(), len(data))
		}
		if calls > 2*len(data) {
			t.Fatalf("%d names in %d bytes, %v", calls, len(data), err)
		}
	})
}
