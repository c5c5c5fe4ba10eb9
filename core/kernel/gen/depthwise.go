package main

import (
	"bytes"
	"fmt"
)

// wides are the numbers of output positions that a strip's block has. Maps of 224-pixel photos are 112, 56, 28, 14 and 7
// wide, and seven sums keep both multipliers busy; four are for the narrowest maps.
var wides = []int{7, 4}

// strips writes the depthwise convolutions of amd64 as assembly: blocks of
// neighbouring output positions, a vector of channels after the other. Masks make zeros of the
// columns of input that lie in the padding; those of AVX-512 also keep the last channels of a
// position from the next, where with AVX2 the channels must fill their vectors.
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

func (i isa) strip(b *bytes.Buffer, wide, k, stride int, edge bool) {
	p := func(format string, args ...any) { fmt.Fprintf(b, format+"\n", args...) }
	cols := (wide-1)*stride + k
	reg := func(n int) string {
		if i.masked() {
			return fmt.Sprintf("Z%d", n)
		}
		return fmt.Sprintf("Y%d", n)
	}
	weight := func(q int) string { return reg(7 + q) }
	// AVX2 has one register left for a mask, and its bounds take the place of weights in the end.
	x, lo, hi := func(col int) string { return reg(12 + col%3) }, weight(0), weight(1)
	if i.masked() {
		x, lo, hi = func(col int) string { return reg(12 + col%4) }, reg(16), reg(17)
	}
	bounds := func() {
		p("\tVBROADCASTSS strip_Lo(DI), %s", lo)
		p("\tVBROADCASTSS strip_Hi(DI), %s", hi)
	}
	// At most k/2 columns lie in the padding on each side: which of the masks is a column's, or −1.
	mask := func(col int) int {
		switch {
		case !edge:
		case col < k/2:
			return col
		case col >= cols-k/2:
			return 2 + col - (cols - k/2)
		}
		return -1
	}
	three := func(base string, n int) string { return "(" + base + ")" + []string{"", "(BX*1)", "(BX*2)"}[n] }
	name := i.stripName(wide, k, stride, edge)
	p("// func %s(s *strip)", name)
	p("TEXT ·%s(SB), NOSPLIT, $0-8", name)
	p("\tMOVQ s+0(FP), DI")
	p("\tMOVQ strip_C(DI), BX")
	p("\tSHLQ $2, BX") // bytes between neighbouring positions
	p("\tLEAQ (BX)(BX*2), R13")
	p("\tMOVQ strip_Row(DI), CX")
	p("\tSHLQ $2, CX")
	p("\tMOVQ strip_Blocks(DI), R15")
	if i.masked() {
		bounds()
	}
	if edge && i.masked() {
		for n := range 4 {
			p("\tKMOVW strip_Columns+%d(DI), K%d", 2*n, 2+n)
		}
	}
	p("block:")
	p("\tMOVQ strip_In(DI), R8")
	p("\tMOVQ strip_Out(DI), R9")
	p("\tMOVQ strip_Weight(DI), R10")
	p("\tMOVQ strip_Bias(DI), R14")
	p("\tMOVQ strip_C(DI), DX")
	if i.masked() {
		p("\tMOVL $0xffff, AX")
		p("\tKMOVW AX, K1")
	}
	p("channels:")
	if i.masked() {
		p("\tCMPQ DX, $%d", i.lanes)
		p("\tJGE whole")
		// The last channels: as many bits as there are.
		p("\tMOVL $0xffff, AX")
		p("\tBZHIL DX, AX, AX")
		p("\tKMOVW AX, K1")
		p("whole:")
	}
	p("\tVMOVUPS (R14), %s", reg(0))
	for o := 1; o < wide; o++ {
		p("\tVMOVAPS %s, %s", reg(0), reg(o))
	}
	p("\tMOVQ R8, R11")
	p("\tMOVQ R10, SI")
	p("\tMOVQ strip_Rows(DI), AX")
	p("\tPCALIGN $32")
	p("row:")
	at := []string{"(SI)", "(SI)(BX*1)", "(SI)(BX*2)", "(SI)(R13*1)", "(SI)(BX*4)"}
	for q := range k {
		p("\tVMOVUPS %s, %s", at[q], weight(q))
	}
	if k == 3 {
		p("\tADDQ R13, SI")
	} else {
		p("\tLEAQ (SI)(BX*4), SI")
		p("\tADDQ BX, SI")
	}
	p("\tMOVQ R11, R12")
	for col := range cols {
		if col > 0 && col%3 == 0 {
			p("\tADDQ R13, R12")
		}
		switch m, from := mask(col), three("R12", col%3); {
		case m < 0:
			p("\tVMOVUPS %s, %s", from, x(col))
		case i.masked():
			p("\tVMOVUPS.Z %s, K%d, %s", from, 2+m, x(col))
		default:
			p("\tVPBROADCASTW strip_Columns+%d(DI), %s", 2*m, reg(15))
			p("\tVMASKMOVPS %s, %s, %s", from, reg(15), x(col))
		}
		for o := range wide {
			if q := col - o*stride; q >= 0 && q < k {
				p("\tVFMADD231PS %s, %s, %s", weight(q), x(col), reg(o))
			}
		}
	}
	p("\tADDQ CX, R11")
	p("\tDECQ AX")
	p("\tJNZ row")
	if !i.masked() {
		bounds()
	}
	p("\tMOVQ R9, R12")
	for o := range wide {
		if o > 0 && o%3 == 0 {
			p("\tADDQ R13, R12")
		}
		p("\tVMAXPS %s, %s, %s", lo, reg(o), reg(o))
		p("\tVMINPS %s, %s, %s", hi, reg(o), reg(o))
		to := three("R12", o%3)
		if i.masked() {
			to = "K1, " + to
		}
		p("\tVMOVUPS %s, %s", reg(o), to)
	}
	for _, r := range []string{"R8", "R9", "R10", "R14"} {
		p("\tADDQ $%d, %s", 4*i.lanes, r)
	}
	p("\tSUBQ $%d, DX", i.lanes)
	p("\tJG channels")
	// On to the next positions.
	p("\tIMUL3Q $%d, BX, AX", wide)
	p("\tADDQ AX, strip_Out(DI)")
	p("\tIMUL3Q $%d, BX, AX", wide*stride)
	p("\tADDQ AX, strip_In(DI)")
	p("\tDECQ R15")
	p("\tJNZ block")
	p("\tVZEROUPPER")
	p("\tRET\n")
}
