package main

import (
	"bytes"
	"fmt"
)

// wides are the numbers of output positions that a strip's block has. Maps of 224-pixel photos are
// 112, 56, 28, 14 and 7 wide, and seven sums keep both multipliers busy; four are for the narrowest
// maps.
var wides = []int{7, 4}

// strips writes the depthwise convolutions of amd64 as assembly: blocks of neighbouring output
// positions, a vector of channels after the other. Masks make zeros of the columns of input that
// lie in the padding; those of AVX-512 also keep the last channels of a position from the next,
// where with AVX2 the channels must fill their vectors.
func (i isa) strips(b *bytes.Buffer) {
	stripBodies(func(wide, k, stride int, edge bool) { i.strip(b, wide, k, stride, edge) })
}

func stripBodies(f func(wide, k, stride int, edge bool)) {
	for _, wide := range wides {
		for _, k := range []int{3, 5} {
			for _, stride := range []int{1, 2} {
				for _, edge := range []bool{false, true} {
					f(wide, k, stride, edge)
				}
			}
		}
	}
}

// stripName returns the name of a body; those at an edge heed the masks of columns.
func (i isa) stripName(wide, k, stride int, edge bool) string {
	name := fmt.Sprintf("strip%dof%dx%ds%d", wide, k, k, stride)
	if edge {
		name += "Edge"
	}
	return name + i.suffix
}

// stripDispatch declares the bodies and chooses among them.
func (s *source) stripDispatch() {
	stripBodies(func(wide, k, stride int, edge bool) {
		s.p("//go:noescape\nfunc %s(s *strip)\n", s.stripName(wide, k, stride, edge))
	})
	s.p("func depthwiseStrip%s(wide, k, stride int, edge bool, s *strip) {", s.suffix)
	s.p("switch {")
	stripBodies(func(wide, k, stride int, edge bool) {
		not := "!"
		if edge {
			not = ""
		}
		s.p("case wide == %d && k == %d && stride == %d && %sedge:\n%s(s)", wide, k, stride, not, s.stripName(wide, k, stride, edge))
	})
	s.p("default:\npanic(\"kernel: no body for this depthwise window\")")
	s.p("}\n}\n")
}

// stripText is the assembly of a body for some neighbouring positions, wide, of a k×k depthwise
// convolution.
type stripText struct {
	isa
	out             *bytes.Buffer
	wide, k, stride int
	edge            bool   // columns may lie in the padding
	lo, hi          string // registers of the limits
}

// strip writes one body.
func (i isa) strip(b *bytes.Buffer, wide, k, stride int, edge bool) {
	w := &stripText{isa: i, out: b, wide: wide, k: k, stride: stride, edge: edge}
	// AVX2's limits take the place of weights in the end.
	if w.lo, w.hi = w.weight(0), w.weight(1); w.masked() {
		w.lo, w.hi = w.reg(16), w.reg(17)
	}
	w.begin()
	w.rows()
	w.end()
}

func (w *stripText) p(format string, args ...any) { fmt.Fprintf(w.out, format+"\n", args...) }

func (w *stripText) reg(n int) string {
	if w.masked() {
		return fmt.Sprintf("Z%d", n)
	}
	return fmt.Sprintf("Y%d", n)
}

func (w *stripText) weight(q int) string { return w.reg(7 + q) }

// x is the register of a column. AVX2 has one register left for a mask.
func (w *stripText) x(col int) string {
	if w.masked() {
		return w.reg(12 + col%4)
	}
	return w.reg(12 + col%3)
}

// cols is the number of columns that the positions read together.
func (w *stripText) cols() int { return (w.wide-1)*w.stride + w.k }

func (w *stripText) bounds() {
	w.p("\tVBROADCASTSS strip_Lo(DI), %s", w.lo)
	w.p("\tVBROADCASTSS strip_Hi(DI), %s", w.hi)
}

// mask returns which of the masks is a column's, or −1: at most k/2 columns lie in the padding on
// each side.
func (w *stripText) mask(col int) int {
	switch {
	case !w.edge:
	case col < w.k/2:
		return col
	case col >= w.cols()-w.k/2:
		return 2 + col - (w.cols() - w.k/2)
	}
	return -1
}

// three is the place of one of three neighbours.
func (w *stripText) three(base string, n int) string {
	return "(" + base + ")" + []string{"", "(BX*1)", "(BX*2)"}[n]
}

// begin writes what is before a row of the window.
func (w *stripText) begin() {
	name := w.stripName(w.wide, w.k, w.stride, w.edge)
	w.p("// func %s(s *strip)", name)
	w.p("TEXT ·%s(SB), NOSPLIT, $0-8", name)
	w.p("\tMOVQ s+0(FP), DI")
	w.p("\tMOVQ strip_C(DI), BX")
	w.p("\tSHLQ $2, BX") // bytes between neighbouring positions
	w.p("\tLEAQ (BX)(BX*2), R13")
	w.p("\tMOVQ strip_Row(DI), CX")
	w.p("\tSHLQ $2, CX")
	w.p("\tMOVQ strip_Blocks(DI), R15")
	if w.masked() {
		w.bounds()
	}
	if w.edge && w.masked() {
		for n := range 4 {
			w.p("\tKMOVW strip_Columns+%d(DI), K%d", 2*n, 2+n)
		}
	}
	w.p("block:")
	w.p("\tMOVQ strip_In(DI), R8")
	w.p("\tMOVQ strip_Out(DI), R9")
	w.p("\tMOVQ strip_Weight(DI), R10")
	w.p("\tMOVQ strip_Bias(DI), R14")
	w.p("\tMOVQ strip_C(DI), DX")
	if w.masked() {
		w.p("\tMOVL $0xffff, AX")
		w.p("\tKMOVW AX, K1")
	}
	w.p("channels:")
	if w.masked() {
		w.p("\tCMPQ DX, $%d", w.lanes)
		w.p("\tJGE whole")
		// The last channels: as many bits as there are.
		w.p("\tMOVL $0xffff, AX")
		w.p("\tBZHIL DX, AX, AX")
		w.p("\tKMOVW AX, K1")
		w.p("whole:")
	}
	w.p("\tVMOVUPS (R14), %s", w.reg(0))
	for o := 1; o < w.wide; o++ {
		w.p("\tVMOVAPS %s, %s", w.reg(0), w.reg(o))
	}
}

// rows writes the loop over the rows of the window.
func (w *stripText) rows() {
	w.p("\tMOVQ R8, R11")
	w.p("\tMOVQ R10, SI")
	w.p("\tMOVQ strip_Rows(DI), AX")
	w.p("\tPCALIGN $32")
	w.p("row:")
	at := []string{"(SI)", "(SI)(BX*1)", "(SI)(BX*2)", "(SI)(R13*1)", "(SI)(BX*4)"}
	for q := range w.k {
		w.p("\tVMOVUPS %s, %s", at[q], w.weight(q))
	}
	if w.k == 3 {
		w.p("\tADDQ R13, SI")
	} else {
		w.p("\tLEAQ (SI)(BX*4), SI")
		w.p("\tADDQ BX, SI")
	}
	w.p("\tMOVQ R11, R12")
	for col := range w.cols() {
		if col > 0 && col%3 == 0 {
			w.p("\tADDQ R13, R12")
		}
		switch m, from := w.mask(col), w.three("R12", col%3); {
		case m < 0:
			w.p("\tVMOVUPS %s, %s", from, w.x(col))
		case w.masked():
			w.p("\tVMOVUPS.Z %s, K%d, %s", from, 2+m, w.x(col))
		default:
			w.p("\tVPBROADCASTW strip_Columns+%d(DI), %s", 2*m, w.reg(15))
			w.p("\tVMASKMOVPS %s, %s, %s", from, w.reg(15), w.x(col))
		}
		for o := range w.wide {
			if q := col - o*w.stride; q >= 0 && q < w.k {
				w.p("\tVFMADD231PS %s, %s, %s", w.weight(q), w.x(col), w.reg(o))
			}
		}
	}
	w.p("\tADDQ CX, R11")
	w.p("\tDECQ AX")
	w.p("\tJNZ row")
}

// end writes the limits, the stores, and the way to the next channels and positions.
func (w *stripText) end() {
	if !w.masked() {
		w.bounds()
	}
	w.p("\tMOVQ R9, R12")
	for o := range w.wide {
		if o > 0 && o%3 == 0 {
			w.p("\tADDQ R13, R12")
		}
		w.p("\tVMAXPS %s, %s, %s", w.lo, w.reg(o), w.reg(o))
		w.p("\tVMINPS %s, %s, %s", w.hi, w.reg(o), w.reg(o))
		to := w.three("R12", o%3)
		if w.masked() {
			to = "K1, " + to
		}
		w.p("\tVMOVUPS %s, %s", w.reg(o), to)
	}
	for _, r := range []string{"R8", "R9", "R10", "R14"} {
		w.p("\tADDQ $%d, %s", 4*w.lanes, r)
	}
	w.p("\tSUBQ $%d, DX", w.lanes)
	w.p("\tJG channels")
	// On to the next positions.
	w.p("\tIMUL3Q $%d, BX, AX", w.wide)
	w.p("\tADDQ AX, strip_Out(DI)")
	w.p("\tIMUL3Q $%d, BX, AX", w.wide*w.stride)
	w.p("\tADDQ AX, strip_In(DI)")
	w.p("\tDECQ R15")
	w.p("\tJNZ block")
	w.p("\tVZEROUPPER")
	w.p("\tRET\n")
}
