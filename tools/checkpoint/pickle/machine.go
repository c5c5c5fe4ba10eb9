package pickle

import (
	"errors"
	"fmt"
	"math"
)

// Use is what a pickle may do with a name.
type Use uint8

const (
	Refuse Use = iota // not even name it
	Name              // hold it, and be an object of it that is made without arguments
	Call              // be called or constructed with arguments, on paper
)

// Options bound what a pickle may do.
type Options struct {
	// Allow says how far each name may go. It must not be nil.
	Allow func(Global) Use
	// Persistent, if not nil, gives the value that stands in place of each persistent id, instead
	// of a *Persistent.
	Persistent func(id any) (any, error)
	// Memory is about how many bytes the values may take; 0 means 256 MB. The weights of a network
	// aren't among them, long strings staying in the file.
	Memory int64
}

// The instructions, named as in Python's pickletools.
const (
	opMark           = '('
	opStop           = '.'
	opPop            = '0'
	opPopMark        = '1'
	opDup            = '2'
	opFloat          = 'F'
	opInt            = 'I'
	opBinInt         = 'J'
	opBinInt1        = 'K'
	opLong           = 'L'
	opBinInt2        = 'M'
	opNone           = 'N'
	opPersID         = 'P'
	opBinPersID      = 'Q'
	opReduce         = 'R'
	opString         = 'S'
	opBinString      = 'T'
	opShortBinString = 'U'
	opUnicode        = 'V'
	opBinUnicode     = 'X'
	opAppend         = 'a'
	opBuild          = 'b'
	opGlobal         = 'c'
	opDict           = 'd'
	opEmptyDict      = '}'
	opAppends        = 'e'
	opGet            = 'g'
	opBinGet         = 'h'
	opInst           = 'i'
	opLongBinGet     = 'j'
	opList           = 'l'
	opEmptyList      = ']'
	opObj            = 'o'
	opPut            = 'p'
	opBinPut         = 'q'
	opLongBinPut     = 'r'
	opSetItem        = 's'
	opTuple          = 't'
	opEmptyTuple     = ')'
	opSetItems       = 'u'
	opBinFloat       = 'G'

	opProto           = 0x80
	opNewObj          = 0x81
	opExt1            = 0x82
	opExt2            = 0x83
	opExt4            = 0x84
	opTuple1          = 0x85
	opTuple2          = 0x86
	opTuple3          = 0x87
	opNewTrue         = 0x88
	opNewFalse        = 0x89
	opLong1           = 0x8a
	opLong4           = 0x8b
	opBinBytes        = 'B'
	opShortBinBytes   = 'C'
	opShortBinUnicode = 0x8c
	opBinUnicode8     = 0x8d
	opBinBytes8       = 0x8e
	opEmptySet        = 0x8f
	opAddItems        = 0x90
	opFrozenSet       = 0x91
	opNewObjEx        = 0x92
	opStackGlobal     = 0x93
	opMemoize         = 0x94
	opFrame           = 0x95
	opByteArray8      = 0x96
	opNextBuffer      = 0x97
	opReadOnlyBuffer  = 0x98
)

const (
	highestProtocol = 5

	// What values take, in bytes, rounded up.
	instructionCost = 32  // a value on the stack or in a list, and its box
	containerCost   = 256 // an Object, its Dict and List
	pairCost        = 128 // a key and a value, and their place in the index
	memoCost        = 64
	defaultMemory   = 256 << 20
)

// machine is the state of one pickle.
type machine struct {
	*Reader
	opt   Options
	left  int64 // of Options.Memory
	stack []any
	marks []int // heights of the stack
	memo  map[uint64]any
	at    int64 // of the instruction
}

// Read reads one pickle. An error says at which byte of the file.
func (r *Reader) Read(opt Options) (any, error) {
	m := &machine{Reader: r, opt: opt, left: opt.Memory, memo: make(map[uint64]any)}
	if m.left == 0 {
		m.left = defaultMemory
	}
	for {
		m.at = r.Offset()
		op, err := r.byte()
		if err != nil {
			return nil, err
		}
		if op == opStop {
			v, err := m.pop()
			if err != nil {
				return nil, m.wrap(op, err)
			}
			return v, nil
		}
		if err := m.charge(instructionCost); err != nil {
			return nil, m.wrap(op, err)
		}
		if err := m.step(op); err != nil {
			return nil, m.wrap(op, err)
		}
	}
}

func (m *machine) wrap(op byte, err error) error {
	if unsafe := (*UnsafeError)(nil); errors.As(err, &unsafe) || errors.Is(err, errShort) {
		return err
	}
	return fmt.Errorf("instruction %q at byte %d of the pickle: %w", op, m.at, err)
}

var (
	errUnderflow = errors.New("nothing is left on the stack")
	errNoMark    = errors.New("no mark is left on the stack")
)

func (m *machine) charge(n int64) error {
	if m.left -= n; m.left < 0 {
		return errors.New("the pickle holds far more values than a checkpoint does; it is damaged or hostile")
	}
	return nil
}

func (m *machine) push(v any) { m.stack = append(m.stack, v) }

// base is the height of the stack at the last mark, below which values are out of reach.
func (m *machine) base() int {
	if len(m.marks) == 0 {
		return 0
	}
	return m.marks[len(m.marks)-1]
}

func (m *machine) pop() (any, error) {
	n := len(m.stack) - 1
	if n < m.base() {
		return nil, errUnderflow
	}
	v := m.stack[n]
	m.stack[n] = nil
	m.stack = m.stack[:n]
	return v, nil
}

func (m *machine) top() (any, error) {
	if len(m.stack) <= m.base() {
		return nil, errUnderflow
	}
	return m.stack[len(m.stack)-1], nil
}

// popMark takes what lies above the last mark, and the mark. The result is its own.
func (m *machine) popMark() ([]any, error) {
	if len(m.marks) == 0 {
		return nil, errNoMark
	}
	at := m.base()
	m.marks = m.marks[:len(m.marks)-1]
	items := append([]any{}, m.stack[at:]...)
	clear(m.stack[at:])
	m.stack = m.stack[:at]
	return items, m.charge(int64(len(items)) * 16)
}

func (m *machine) popTuple(n int) error {
	if len(m.stack)-n < m.base() {
		return errUnderflow
	}
	at := len(m.stack) - n
	t := append(Tuple{}, m.stack[at:]...)
	m.stack = append(m.stack[:at], t)
	return nil
}

// step performs one instruction.
func (m *machine) step(op byte) error {
	switch op {
	case opProto:
		v, err := m.byte()
		if err == nil && v > highestProtocol {
			return fmt.Errorf("protocol %d is newer than any known (%d)", v, highestProtocol)
		}
		return err
	case opFrame:
		n, err := m.uint(8)
		if err != nil {
			return err
		}
		return m.need(int64(min(n, math.MaxInt64)))

	case opMark:
		m.marks = append(m.marks, len(m.stack))
		return nil
	case opPop:
		if len(m.stack) == m.base() && len(m.marks) > 0 {
			m.marks = m.marks[:len(m.marks)-1]
			return nil
		}
		_, err := m.pop()
		return err
	case opPopMark:
		_, err := m.popMark()
		return err
	case opDup:
		v, err := m.top()
		m.push(v)
		return err

	case opPut, opBinPut, opLongBinPut, opMemoize:
		return m.put(op)
	case opGet, opBinGet, opLongBinGet:
		return m.get(op)

	case opGlobal, opStackGlobal:
		return m.global(op)
	case opReduce, opNewObj, opNewObjEx, opInst, opObj:
		return m.construct(op)
	case opBuild:
		return m.build()
	case opBinPersID:
		id, err := m.pop()
		if err != nil {
			return err
		}
		return m.persistent(id)

	case opExt1, opExt2, opExt4:
		return errors.New("it uses copyreg's extension registry, which only the program that wrote it has")
	case opNextBuffer, opReadOnlyBuffer:
		return errors.New("it refers to a buffer that isn't in the file")
	}
	return m.literal(op)
}

// literal does the instructions that push one value.
func (m *machine) literal(op byte) error {
	switch op {
	case opNone:
		m.push(nil)
		return nil
	case opNewTrue:
		m.push(true)
		return nil
	case opNewFalse:
		m.push(false)
		return nil
	case opInt, opLong, opFloat, opString, opUnicode, opPersID:
		return m.textLiteral(op)
	case opBinInt1, opBinInt2, opBinInt, opLong1, opLong4, opBinFloat:
		return m.number(op)
	case opShortBinString:
		return m.string(1, python2)
	case opBinString:
		return m.string(4, python2)
	case opShortBinUnicode:
		return m.string(1, text)
	case opBinUnicode:
		return m.string(4, text)
	case opBinUnicode8:
		return m.string(8, text)
	case opShortBinBytes:
		return m.string(1, raw)
	case opBinBytes:
		return m.string(4, raw)
	case opBinBytes8, opByteArray8:
		return m.string(8, raw)
	}
	return m.container(op)
}

// container does the instructions that make and fill tuples, lists and dicts.
func (m *machine) container(op byte) error {
	switch op {
	case opEmptyTuple:
		m.push(Tuple{})
		return nil
	case opTuple1:
		return m.popTuple(1)
	case opTuple2:
		return m.popTuple(2)
	case opTuple3:
		return m.popTuple(3)
	case opTuple:
		items, err := m.popMark()
		m.push(Tuple(items))
		return err
	case opEmptyList, opEmptySet:
		m.push(new(List))
		return m.charge(containerCost)
	case opList, opFrozenSet:
		items, err := m.popMark()
		m.push(&List{items})
		return err
	case opAppend:
		v, err := m.pop()
		if err != nil {
			return err
		}
		return m.appendTo([]any{v})
	case opAppends, opAddItems:
		items, err := m.popMark()
		if err != nil {
			return err
		}
		return m.appendTo(items)
	case opEmptyDict:
		m.push(new(Dict))
		return m.charge(containerCost)
	case opDict:
		items, err := m.popMark()
		if err != nil {
			return err
		}
		m.push(new(Dict))
		return m.setItems(items)
	case opSetItem:
		if len(m.stack)-2 < m.base() {
			return errUnderflow
		}
		at := len(m.stack) - 2
		items := []any{m.stack[at], m.stack[at+1]}
		m.stack = m.stack[:at]
		return m.setItems(items)
	case opSetItems:
		items, err := m.popMark()
		if err != nil {
			return err
		}
		return m.setItems(items)
	}
	return errors.New("there is no such instruction; this isn't a pickle, or it is damaged")
}

func (m *machine) textLiteral(op byte) error {
	s, err := m.line()
	if err != nil {
		return err
	}
	if err := m.charge(2 * int64(len(s))); err != nil {
		return err
	}
	var v any
	switch op {
	case opInt:
		switch s {
		case "00":
			v = false
		case "01":
			v = true
		default:
			v, err = parseInt(s)
		}
	case opLong:
		if n := len(s); n > 0 && s[n-1] == 'L' {
			s = s[:n-1]
		}
		v, err = parseInt(s)
	case opFloat:
		v, err = parseFloat(s)
	case opString:
		v, err = unquote(s)
	case opUnicode:
		v, err = unescape(s)
	case opPersID:
		return m.persistent(s)
	}
	m.push(v)
	return err
}

func (m *machine) persistent(id any) error {
	if m.opt.Persistent == nil {
		m.push(&Persistent{id})
		return nil
	}
	v, err := m.opt.Persistent(id)
	m.push(v)
	return err
}

func (m *machine) number(op byte) error {
	switch op {
	case opBinInt1, opBinInt2, opBinInt:
		n := map[byte]int{opBinInt1: 1, opBinInt2: 2, opBinInt: 4}[op]
		v, err := m.uint(n)
		if op == opBinInt {
			m.push(int64(int32(v)))
		} else {
			m.push(int64(v))
		}
		return err
	case opBinFloat:
		b, err := m.bytes(8)
		if err != nil {
			return err
		}
		var v uint64
		for _, c := range b {
			v = v<<8 | uint64(c)
		}
		m.push(math.Float64frombits(v))
		return nil
	}
	size := 1
	if op == opLong4 {
		size = 4
	}
	n, err := m.uint(size)
	if err != nil {
		return err
	}
	if n > maxLong {
		return fmt.Errorf("an int of %d bytes", n)
	}
	b, err := m.bytes(int(n))
	if err != nil {
		return err
	}
	m.push(twosComplement(b))
	return m.charge(int64(n))
}

// kind is what the bytes of a string mean.
type kind uint8

const (
	text    kind = iota // UTF-8
	raw                 // bytes
	python2             // a str of Python 2: bytes, mostly used as text
)

// string reads a string after a length of size bytes.
func (m *machine) string(size int, k kind) error {
	n, err := m.uint(size)
	if err != nil {
		return err
	}
	if err := m.need(int64(min(n, math.MaxInt64))); err != nil {
		return err
	}
	if n > Inline {
		m.push(&Span{R: m.r, Off: m.Offset(), N: int64(n), Text: k == text})
		return m.skip(int64(n))
	}
	if err := m.charge(int64(n)); err != nil {
		return err
	}
	b, err := m.bytes(int(n))
	if err != nil {
		return err
	}
	if k == raw {
		m.push(Bytes(b))
	} else {
		m.push(string(b))
	}
	return nil
}

func (m *machine) appendTo(items []any) error {
	v, err := m.top()
	if err != nil {
		return err
	}
	if err := m.charge(int64(len(items)) * instructionCost); err != nil {
		return err
	}
	switch v := v.(type) {
	case *List:
		v.Items = append(v.Items, items...)
	case *Object:
		v.List.Items = append(v.List.Items, items...)
	default:
		return fmt.Errorf("it appends to a %T", v)
	}
	return nil
}

// setItems sets pairs of keys and values on the top of the stack.
func (m *machine) setItems(items []any) error {
	v, err := m.top()
	if err != nil {
		return err
	}
	var d *Dict
	switch v := v.(type) {
	case *Dict:
		d = v
	case *Object:
		d = &v.Items
	default:
		return fmt.Errorf("it sets an item of a %T", v)
	}
	if len(items)%2 != 0 {
		return errors.New("a key without its value")
	}
	if err := m.charge(int64(len(items)/2) * pairCost); err != nil {
		return err
	}
	for i := 0; i < len(items); i += 2 {
		d.Set(items[i], items[i+1])
	}
	return nil
}

func (m *machine) put(op byte) error {
	key, err := m.memoKey(op)
	if err != nil {
		return err
	}
	v, err := m.top()
	if err != nil {
		return err
	}
	m.memo[key] = v
	return m.charge(memoCost)
}

func (m *machine) get(op byte) error {
	key, err := m.memoKey(op)
	if err != nil {
		return err
	}
	v, ok := m.memo[key]
	if !ok {
		return fmt.Errorf("nothing is remembered under %d", key)
	}
	m.push(v)
	return nil
}

func (m *machine) memoKey(op byte) (uint64, error) {
	switch op {
	case opMemoize:
		return uint64(len(m.memo)), nil
	case opBinPut, opBinGet:
		return m.uint(1)
	case opLongBinPut, opLongBinGet:
		return m.uint(4)
	}
	s, err := m.line()
	if err != nil {
		return 0, err
	}
	v, err := parseInt(s)
	if err != nil {
		return 0, err
	}
	key, ok := v.(int64)
	if !ok || key < 0 {
		return 0, fmt.Errorf("a memo key of %.40q", s)
	}
	return uint64(key), nil
}

// named checks that a global may be used so.
func (m *machine) named(g Global, need Use, verb string) error {
	if m.opt.Allow(g) < need {
		if len(g.Module) > 100 {
			g.Module = g.Module[:100] + "…"
		}
		if len(g.Name) > 100 {
			g.Name = g.Name[:100] + "…"
		}
		return &UnsafeError{Global: g, At: m.at, Use: verb}
	}
	return nil
}

func (m *machine) global(op byte) error {
	var g Global
	var err error
	if op == opGlobal {
		if g, err = m.globalLines(); err != nil {
			return err
		}
	} else {
		name, err := m.pop()
		if err != nil {
			return err
		}
		module, err := m.pop()
		if err != nil {
			return err
		}
		var ok1, ok2 bool
		g.Module, ok1 = module.(string)
		g.Name, ok2 = name.(string)
		if !ok1 || !ok2 {
			return errors.New("a name that isn't a string")
		}
	}
	m.push(g)
	return m.named(g, Name, "import")
}

func (m *machine) globalLines() (g Global, err error) {
	if g.Module, err = m.line(); err != nil {
		return g, err
	}
	if g.Name, err = m.line(); err != nil {
		return g, err
	}
	return g, m.charge(int64(len(g.Module) + len(g.Name)))
}

// construct makes the record of what the instruction would call, or make an object of.
func (m *machine) construct(op byte) error {
	var class any
	var args Tuple
	var kargs *Dict
	switch op {
	case opInst:
		g, err := m.globalLines()
		if err != nil {
			return err
		}
		items, err := m.popMark()
		if err != nil {
			return err
		}
		class, args = g, items
	case opObj:
		items, err := m.popMark()
		if err != nil {
			return err
		}
		if len(items) == 0 {
			return errUnderflow
		}
		class, args = items[0], items[1:]
	default:
		if op == opNewObjEx {
			v, err := m.pop()
			if err != nil {
				return err
			}
			d, ok := v.(*Dict)
			if !ok {
				return fmt.Errorf("keyword arguments in a %T", v)
			}
			kargs = d
		}
		v, err := m.pop()
		if err != nil {
			return err
		}
		switch v := v.(type) {
		case Tuple:
			args = v
		case *List: // of Python 2
			args = v.Items
		default:
			return fmt.Errorf("arguments in a %T", v)
		}
		if class, err = m.pop(); err != nil {
			return err
		}
	}
	g, ok := class.(Global)
	if !ok {
		return fmt.Errorf("it calls a %T, not a name", class)
	}
	verb, need := "construct", Call
	if op == opReduce {
		verb = "call"
	}
	// copyreg's two functions are how the older protocols make an object of a class: args[0].
	if (g.Module == "copyreg" || g.Module == "copy_reg") && (g.Name == "_reconstructor" || g.Name == "__newobj__") && len(args) > 0 {
		if g, ok = args[0].(Global); !ok {
			return fmt.Errorf("it makes an object of a %T, not of a name", args[0])
		}
		verb, args = "construct", withoutBase(args)
		op = opNewObj
	}
	if op != opReduce && len(args) == 0 && (kargs == nil || kargs.Len() == 0) {
		need = Name
	}
	if err := m.named(g, need, verb); err != nil {
		return err
	}
	m.push(&Object{Class: g, Args: args, KArgs: kargs})
	return m.charge(containerCost)
}

// withoutBase gives the arguments of the object that copyreg's functions would make: those after
// the class, and none if they only say that its base is object.
func withoutBase(args Tuple) Tuple {
	if len(args) == 3 && args[2] == nil {
		if base, ok := args[1].(Global); ok && base.Name == "object" {
			return nil
		}
	}
	return args[1:]
}

func (m *machine) build() error {
	state, err := m.pop()
	if err != nil {
		return err
	}
	v, err := m.top()
	if err != nil {
		return err
	}
	obj, ok := v.(*Object)
	if !ok {
		return fmt.Errorf("it gives a state to a %T", v)
	}
	obj.State = state
	return nil
}
