package postlink

import (
	"slices"

	. "homeroom/tools/wasmlink/wasmbin"
)

// Go compiles a function with branches to one big loop around a br_table. PC_B, local 0, holds the
// number of the basic block to go on with; a jump sets it and branches to the loop's start:
//
//	block $unwind                      only if the function calls
//	  loop $dispatch
//	    block … block                  one a segment
//	      local.get 0
//	      br_table …                   PC_B to segment
//	    end                            segment 0
//	    … i32.const 3; local.set 0; br $dispatch …
//	    end                            segment 1
//	    …
//	  end
//	  unreachable
//	end
//	i32.const 1                        tells the caller to unwind, too
//
// An engine that compiles this sees one loop that every variable of the function is carried around,
// and pays an indirect jump for each turn of each loop of the source.
//
// restructure gives the control flow back its shape. A segment is a node of a graph, a jump an
// edge. Where every loop of the graph has one entry (it is reducible), each node is placed inside
// the node that dominates it: a block ends where the node begins that jumps to it lead to, a loop
// begins where jumps back lead to. This is the translation by dominator tree of N. Ramsey, "Beyond
// Relooper", ICFP 2022, with every node taken for a merge node.
//
// The runtime enters a function at another segment than 0 when it resumes a goroutine that was
// unwound inside a call: the call pushed the number of the segment to go on with. A function with
// such calls keeps the dispatch loop behind the new code, with what can be reached from there, and
// takes it whenever PC_B isn't 0. That is nearly twice the code, so outside the kernels such a
// function is left as it is where each of its loops has such a call in it: beside a call a jump
// costs little.

// funcValueOffset is what the linker adds to a function's index, imports not counted, to make the
// upper part of its program counters (cmd/link/internal/wasm).
const funcValueOffset = 0x1000

// step is an instruction of a segment, or a branch out of it.
type step struct {
	Instr
	kind stepKind
	to   int // jump: the segment
}

type stepKind uint8

const (
	plain  stepKind = iota
	jump            // to the start of a segment
	unwind          // br or br_if to the end of the function, to return 1
)

// goFunc is a function taken apart at its dispatch loop.
type goFunc struct {
	segments [][]step
	unwinds  bool         // has the outer block
	resumes  bool         // may be entered with PC_B other than 0
	calls    map[int]bool // segments with a call that it may be resumed after
	entered  []int        // segments that it is resumed at
	starts   []int        // where each segment starts in the code
	lengths  []int        // how many instructions it has there; the last is an end
}

// restructure gives f's control flow its shape back. It reports false, and leaves f alone, where f
// has no dispatch loop, its graph isn't reducible, or it isn't worth the code.
func restructure(m *Module, index int, f *Func) bool {
	kernel := InPackage(m.FuncName(index), DefaultPackage)
	g, ok := parseDispatch(m, index, f)
	if !ok {
		return false
	}
	original := f.Code
	if g.resumes {
		original = g.resumable(f.Code)
	}
	g.movePanicsOut(m)
	g.rotateLoops()
	tree, ok := dominators(g.successors())
	if !ok || g.resumes && !kernel && !tree.hasTightLoop(g.calls) {
		return false
	}
	code := slices.Clone(original[:2]) // the prologue
	e := emitter{g: g, tree: tree}
	open := func(op Op, label int) {
		e.out = append(e.out, Instr{Op: op, Imm: BlockVoid})
		e.labels = append(e.labels, label)
	}
	if g.resumes {
		e.out = append(e.out, Instr{Op: LocalGet}, Instr{Op: I32Eqz})
		open(If, labelLocal)
	}
	if g.unwinds {
		open(Block, labelUnwind)
	}
	e.node(0)
	e.out = append(e.out, Instr{Op: Unreachable})
	if g.unwinds {
		e.out = append(e.out, Instr{Op: End}, Instr{Op: I32Const, Imm: 1})
		if g.resumes {
			e.out = append(e.out, Instr{Op: Return})
		}
	}
	e.out = append(e.out, Instr{Op: End})
	code = append(code, e.out...)
	if g.resumes {
		code = append(code, original[2:]...)
	}
	f.Code = code
	return true
}

// resumable returns the function's code as it came, less the segments that are never run once it is
// resumed.
func (g *goFunc) resumable(c []Instr) []Instr {
	run := make([]bool, len(g.segments))
	succ := g.successors()
	for work := slices.Clone(g.entered); len(work) > 0; {
		s := work[len(work)-1]
		work = work[:len(work)-1]
		if !run[s] {
			run[s] = true
			work = append(work, succ[s]...)
		}
	}
	var out []Instr
	from := 0
	for s, start := range g.starts {
		if !run[s] {
			out = append(append(out, c[from:start]...), Instr{Op: Unreachable})
			from = start + g.lengths[s] - 1
		}
	}
	return append(out, c[from:]...)
}

// parseDispatch takes a function apart. It accepts exactly the shape above.
func parseDispatch(m *Module, index int, f *Func) (*goFunc, bool) {
	c := f.Code
	p := 0
	next := func(op Op, imm uint64) bool {
		if p < len(c) && c[p].Op == op && c[p].Imm == imm {
			p++
			return true
		}
		return false
	}
	if len(f.Type.Params) != 1 || f.Type.Params[0] != I32 || !next(GlobalGet, globalSP) || !next(LocalSet, localSP) {
		return nil, false
	}
	g := &goFunc{}
	g.unwinds = next(Block, BlockVoid)
	if !next(Loop, BlockVoid) {
		return nil, false
	}
	n := 0
	for next(Block, BlockVoid) {
		n++
	}
	if n == 0 || !next(LocalGet, localPC) || p == len(c) || c[p].Op != BrTable {
		return nil, false
	}
	table := c[p].Targets
	p++
	for _, t := range table {
		if int(t) >= n {
			return nil, false
		}
	}
	if table[0] != 0 || !next(End, 0) {
		return nil, false
	}
	segmentOf := func(pc uint64) int { return int(table[min(pc, uint64(len(table)-1))]) }

	for s := range n {
		seg, used, ok := parseSegment(c[p:], n-1-s, g.unwinds, segmentOf)
		if !ok {
			return nil, false
		}
		switch {
		case ends(seg):
		case s == n-1:
			seg = append(seg, step{Instr: Instr{Op: Unreachable}})
		default:
			seg = append(seg, step{kind: jump, to: s + 1})
		}
		g.segments = append(g.segments, seg)
		g.starts, g.lengths = append(g.starts, p), append(g.lengths, used)
		p += used
	}
	if !next(Unreachable, 0) || g.unwinds && !(next(End, 0) && next(I32Const, 1)) || !next(End, 0) || p != len(c) {
		return nil, false
	}
	g.resumes, p = false, 0
	return g, g.findResumes(m, index, segmentOf)
}

// ends reports whether nothing is run after the segment's last step.
func ends(seg []step) bool {
	if len(seg) == 0 {
		return false
	}
	last := seg[len(seg)-1]
	return last.kind == jump || last.kind == plain && (last.Op == Return || last.Op == Unreachable)
}

// parseSegment reads one segment up to and with the end that closes it; outer is the number of
// segments after it. What stands behind the segment's last jump or return is never run and left
// out.
func parseSegment(c []Instr, outer int, unwinds bool, segmentOf func(uint64) int) (seg []step, used int, ok bool) {
	depth := 0
	dead := false
	for i, in := range c {
		switch {
		case in.Op.OpensBlock():
			depth++
		case in.Op == End && depth == 0:
			return seg, i + 1, true
		case in.Op == End:
			depth--
		}
		if dead {
			continue
		}
		st := step{Instr: in}
		switch in.Op {
		case BrTable:
			return nil, 0, false
		case Br, BrIf:
			switch out := int(in.Imm) - depth; {
			case out < 0: // inside the segment
			case out == outer && in.Op == Br:
				if i < 2 || len(seg) < 2 || c[i-1].Op != LocalSet || c[i-1].Imm != localPC || c[i-2].Op != I32Const {
					return nil, 0, false
				}
				seg = seg[:len(seg)-2]
				st = step{kind: jump, to: segmentOf(c[i-2].Imm)}
				dead = depth == 0
			case out == outer+1 && unwinds:
				st.kind = unwind
			default:
				return nil, 0, false
			}
		case Return, Unreachable:
			dead = depth == 0
		}
		seg = append(seg, st)
	}
	return nil, 0, false
}

// findResumes sets resumes if a call may have the function entered again elsewhere than at its
// start. It reports false for functions that the runtime enters at places it keeps in tables.
func (g *goFunc) findResumes(m *Module, index int, segmentOf func(uint64) int) bool {
	self := int64(funcValueOffset + index - m.ImportedFuncs())
	g.calls = map[int]bool{}
	for s, seg := range g.segments {
		for i, st := range seg {
			if st.kind != plain {
				continue
			}
			if st.Op == Call && m.FuncName(int(st.Imm)) == "runtime.deferreturn" {
				return false
			}
			if st.Op != I64Const || st.Int()>>16 != self || segmentOf(uint64(st.Int()&0xffff)) == 0 {
				continue
			}
			// A program counter of this very function: the return address of a call.
			returns := true
			for _, after := range seg[i:] {
				if after.Op == Call || after.Op == CallIndirect {
					returns = after.Op == CallIndirect || !neverReturns(m.FuncName(int(after.Imm)))
					break
				}
			}
			if returns {
				g.resumes, g.calls[s] = true, true
				g.entered = append(g.entered, segmentOf(uint64(st.Int()&0xffff)))
			}
		}
	}
	return true
}

// movePanicsOut gives code that raises a panic a segment of its own. Go puts the call that a nil
// check makes right where it checks; inside a loop, an engine would save all registers around it.
func (g *goFunc) movePanicsOut(m *Module) {
	for s := 0; s < len(g.segments); s++ {
		seg := g.segments[s]
		for i := 0; i < len(seg); i++ {
			if seg[i].kind != plain || seg[i].Op != If || seg[i].Imm != BlockVoid {
				continue
			}
			panics := false
			j := i + 1
			for ; j < len(seg) && !(seg[j].kind == plain && (seg[j].Op.OpensBlock() || seg[j].Op == Else || seg[j].Op == End)); j++ {
				panics = panics || seg[j].kind == plain && seg[j].Op == Call && neverReturns(m.FuncName(int(seg[j].Imm)))
			}
			if !panics || j == len(seg) || seg[j].Op != End {
				continue
			}
			out := append(slices.Clone(seg[i+1:j]), step{Instr: Instr{Op: Unreachable}})
			seg = slices.Replace(seg, i+1, j, step{kind: jump, to: len(g.segments)})
			g.segments[s] = seg
			g.segments = append(g.segments, out)
		}
	}
}

// maxRotated is the longest loop header, in steps, that rotateLoops copies.
const maxRotated = 16

// rotateLoops makes a loop test at its end what it tests at its start. Go lays a loop out with the
// test in a segment of its own that the body jumps back to; the jump is replaced by the test
// itself, and the body becomes the loop's first node.
func (g *goFunc) rotateLoops() {
	tree, ok := dominators(g.successors())
	if !ok {
		return
	}
	for s, seg := range g.segments {
		if tree.order[s] < 0 || len(seg) == 0 {
			continue
		}
		last := seg[len(seg)-1]
		if last.kind != jump || last.to == s || !tree.dominates(last.to, s) || len(g.segments[last.to]) > maxRotated {
			continue
		}
		header := g.segments[last.to]
		leaves := false // a header that only goes on to its body is no test
		for _, st := range header[:len(header)-1] {
			leaves = leaves || st.kind == jump
		}
		if leaves {
			g.segments[s] = append(slices.Clone(seg[:len(seg)-1]), header...)
		}
	}
}

func (g *goFunc) successors() [][]int {
	succ := make([][]int, len(g.segments))
	for s, seg := range g.segments {
		for _, st := range seg {
			if st.kind == jump {
				succ[s] = append(succ[s], st.to)
			}
		}
	}
	return succ
}

// domTree is the dominator tree of a reducible graph whose entry is node 0.
type domTree struct {
	order    []int   // position in reverse postorder; -1 where never reached
	parent   []int   // immediate dominator
	children [][]int // in reverse postorder
	loop     []map[int]bool
	// loop[h] holds the nodes of the loop that h is the header of, h included; nil if none
}

// hasTightLoop tells whether there is a loop none of whose nodes is one of calls.
func (t *domTree) hasTightLoop(calls map[int]bool) bool {
	return slices.ContainsFunc(t.loop, func(nodes map[int]bool) bool {
		for s := range nodes {
			if calls[s] {
				return false
			}
		}
		return len(nodes) > 0
	})
}

func (t *domTree) dominates(a, b int) bool {
	for b != a && b != 0 {
		b = t.parent[b]
	}
	return a == b
}

// dominators is the algorithm of Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm",
// 2001. It reports false for a graph that isn't reducible.
func dominators(succ [][]int) (*domTree, bool) {
	n := len(succ)
	t := &domTree{make([]int, n), make([]int, n), make([][]int, n), make([]map[int]bool, n)}
	var post []int
	seen := make([]bool, n)
	type frame struct{ node, next int }
	stack := []frame{{0, 0}}
	seen[0] = true
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		if top.next == len(succ[top.node]) {
			post = append(post, top.node)
			stack = stack[:len(stack)-1]
			continue
		}
		to := succ[top.node][top.next]
		top.next++
		if !seen[to] {
			seen[to] = true
			stack = append(stack, frame{to, 0})
		}
	}
	slices.Reverse(post)
	for i := range t.order {
		t.order[i], t.parent[i] = -1, -1
	}
	pred := make([][]int, n)
	for i, v := range post {
		t.order[v] = i
		for _, to := range succ[v] {
			pred[to] = append(pred[to], v)
		}
	}
	t.parent[0] = 0
	for changed := true; changed; {
		changed = false
		for _, v := range post[1:] {
			best := -1
			for _, p := range pred[v] {
				if t.parent[p] < 0 {
					continue
				}
				if best < 0 {
					best = p
					continue
				}
				a, b := best, p
				for a != b {
					for t.order[a] > t.order[b] {
						a = t.parent[a]
					}
					for t.order[b] > t.order[a] {
						b = t.parent[b]
					}
				}
				best = a
			}
			if t.parent[v] != best {
				t.parent[v], changed = best, true
			}
		}
	}
	for _, v := range post[1:] {
		t.children[t.parent[v]] = append(t.children[t.parent[v]], v)
	}
	for _, v := range post {
		for _, h := range succ[v] {
			if t.order[h] > t.order[v] {
				continue
			}
			if !t.dominates(h, v) {
				return nil, false
			}
			if t.loop[h] == nil {
				t.loop[h] = map[int]bool{h: true}
			}
			for work := []int{v}; len(work) > 0; {
				w := work[len(work)-1]
				work = work[:len(work)-1]
				if !t.loop[h][w] {
					t.loop[h][w] = true
					work = append(work, pred[w]...)
				}
			}
		}
	}
	return t, true
}

// Labels that aren't segments.
const (
	labelLocal  = -1 // a block of the segment's own
	labelUnwind = -2
)

// emitter writes the nodes out, each inside the one that dominates it.
type emitter struct {
	g      *goFunc
	tree   *domTree
	out    []Instr
	labels []int // of the open blocks and loops, innermost last
}

func (e *emitter) depth(label int) uint64 {
	for d := range e.labels {
		if e.labels[len(e.labels)-1-d] == label {
			return uint64(d)
		}
	}
	panic("postlink: a jump to a label that isn't open")
}

// node writes a segment and those it dominates. A child is reached by leaving a block that ends
// right before it. Children are opened last first, so that an earlier one may jump to a later one;
// the ones outside a loop's body stand outside of the loop.
func (e *emitter) node(v int) {
	loop := e.tree.loop[v]
	var inside, outside []int
	for _, c := range e.tree.children[v] {
		if loop == nil || loop[c] {
			inside = append(inside, c)
		} else {
			outside = append(outside, c)
		}
	}
	open := func(op Op, label int) {
		e.out = append(e.out, Instr{Op: op, Imm: BlockVoid})
		e.labels = append(e.labels, label)
	}
	end := func() {
		e.out = append(e.out, Instr{Op: End})
		e.labels = e.labels[:len(e.labels)-1]
	}
	for _, c := range slices.Backward(outside) {
		open(Block, c)
	}
	if loop != nil {
		open(Loop, v)
	}
	for _, c := range slices.Backward(inside) {
		open(Block, c)
	}
	seg := e.g.segments[v]
	for i, st := range seg {
		switch st.kind {
		case jump:
			if i == len(seg)-1 && len(inside) > 0 && st.to == inside[0] {
				break // the block ends here anyway
			}
			e.out = append(e.out, Instr{Op: Br, Imm: e.depth(st.to)})
		case unwind:
			e.out = append(e.out, Instr{Op: st.Op, Imm: e.depth(labelUnwind)})
		default:
			e.out = append(e.out, st.Instr)
			if st.Op.OpensBlock() {
				e.labels = append(e.labels, labelLocal)
			} else if st.Op == End {
				e.labels = e.labels[:len(e.labels)-1]
			}
		}
	}
	for _, c := range inside {
		end()
		e.node(c)
	}
	if loop != nil {
		end()
	}
	for _, c := range outside {
		end()
		e.node(c)
	}
}
