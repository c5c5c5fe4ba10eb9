package main

import "fmt"

// plus returns the expression x·y + z.
func (s *source) plus(x, y, z string) string {
	if s.fused {
		return fmt.Sprintf("%s.MulAdd(%s, %s)", x, y, z)
	}
	return fmt.Sprintf("%s.Mul(%s).Add(%s)", x, y, z)
}

// constants writes the multipliers of a tile's transformations, as far as they are not 1.
func (s *source) constants(list ...int) {
	for _, c := range list {
		name := fmt.Sprintf("p%d", c)
		if c < 0 {
			name = fmt.Sprintf("m%d", -c)
		}
		s.p("%s := splat%s(%d)", name, s.suffix, c)
	}
}

// analyse writes y = Bᵀ·x, with x0 … and y0 … as variables.
func (s *source) analyse(tile int) {
	if tile == 2 {
		s.p("y0, y1, y2, y3 := x0.Sub(x2), x1.Add(x2), x2.Sub(x1), x1.Sub(x3)")
		return
	}
	s.p("a, b := %s, %s", s.plus("x2", "m4", "x4"), s.plus("x1", "m4", "x3"))
	s.p("c, d := x4.Sub(x2), x3.Sub(x1)")
	s.p("d = d.Add(d)")
	s.p("y0 := %s", s.plus("x0", "p4", s.plus("x2", "m5", "x4")))
	s.p("y1, y2, y3, y4 := a.Add(b), a.Sub(b), c.Add(d), c.Sub(d)")
	s.p("y5 := %s", s.plus("x1", "p4", s.plus("x3", "m5", "x5")))
}

// synthesise writes y = Aᵀ·x.
func (s *source) synthesise(tile int) {
	if tile == 2 {
		s.p("y0, y1 := x0.Add(x1).Add(x2), x1.Sub(x2).Sub(x3)")
		return
	}
	s.p("a, b, c, d := x1.Add(x2), x1.Sub(x2), x3.Add(x4), x3.Sub(x4)")
	s.p("y0, y1 := x0.Add(a).Add(c), %s", s.plus("d", "p2", "b"))
	s.p("y2, y3 := %s, %s.Add(x5)", s.plus("c", "p4", "a"), s.plus("d", "p8", "b"))
}

// gatherVectors loads x0 … from p, step floats apart.
func (s *source) gatherVectors(n int, p, step string) {
	s.p("q := %s", p)
	for i := range n {
		s.p("x%d := load%s(q)", i, s.suffix)
		if i < n-1 {
			s.p("q = at(q, %s)", step)
		}
	}
}

func (s *source) winogradInput(tile int) {
	x, l, e := s.suffix, s.lanes, tile+2
	s.p("// winogradInput%d%s: V = Bᵀ·d·B.", tile, x)
	s.p("func winogradInput%d%s(r *tileRun) {", tile, x)
	if tile == 4 {
		s.constants(4, -4, -5)
	}
	s.p("row, col, plane := r.Row, r.Col, r.Plane")
	s.p("for n := 0; n < r.N; n += %d {", l)
	s.p("p, t := at(r.In, n), r.Tmp")
	s.p("for i := 0; i < %d; i++ {", e)
	s.gatherVectors(e, "p", "row")
	s.analyse(tile)
	for k := range e {
		s.p("store%s(at(t, %d), y%d)", x, k*e*l, k)
	}
	s.p("p, t = at(p, col), at(t, %d)", l)
	s.p("}")
	s.p("t = r.Tmp")
	s.p("o := at(r.Out, n)")
	s.p("for i := 0; i < %d; i++ {", e)
	for k := range e {
		s.p("x%d := %s", k, s.load("t", fmt.Sprint(k*l)))
	}
	s.analyse(tile)
	for k := range e {
		s.p("store%s(o, y%d)", x, k)
		s.p("o = at(o, plane)")
	}
	s.p("t = at(t, %d)", e*l)
	s.p("}\n}")
	s.done()
	s.p("}\n")
}

func (s *source) winogradOutput(tile int) {
	x, l, e := s.suffix, s.lanes, tile+2
	s.p("// winogradOutput%d%s: Y = clamp(Aᵀ·M·A + b + r).", tile, x)
	s.p("func winogradOutput%d%s(r *tileRun) {", tile, x)
	if tile == 4 {
		s.constants(2, 4, 8)
	}
	s.p("lo, hi := splat%s(r.Lo), splat%s(r.Hi)", x, x)
	s.p("plane := r.Plane")
	s.p("for n := 0; n < r.N; n += %d {", l)
	s.p("p, t := at(r.In, n), r.Tmp")
	s.p("for i := 0; i < %d; i++ {", e)
	s.gatherVectors(e, "p", fmt.Sprintf("%d*plane", e))
	s.synthesise(tile)
	for k := range tile {
		s.p("store%s(at(t, %d), y%d)", x, k*e*l, k)
	}
	s.p("p, t = at(p, plane), at(t, %d)", l)
	s.p("}")
	s.p("t = r.Tmp")
	s.p("bias := %s", s.load("r.Bias", "n"))
	s.p("for i := 0; i < r.H; i++ {")
	for k := range e {
		s.p("x%d := %s", k, s.load("t", fmt.Sprint(k*l)))
	}
	s.synthesise(tile)
	for k := range tile {
		s.p("y%d = y%d.Add(bias)", k, k)
	}
	s.p("at0 := i*r.Row + n")
	s.p("if r.R != nil {\nq := at(r.R, at0)")
	for k := range tile {
		s.p("if r.W > %d {\ny%d = y%d.Add(load%s(q))\nq = at(q, r.Col)\n}", k, k, k, x)
	}
	s.p("}")
	s.p("o := at(r.Out, at0)")
	for k := range tile {
		s.p("if r.W > %d {\nstore%s(o, y%d.Max(lo).Min(hi))\no = at(o, r.Col)\n}", k, x, k)
	}
	s.p("t = at(t, %d)", e*l)
	s.p("}\n}")
	s.done()
	s.p("}\n")
}
