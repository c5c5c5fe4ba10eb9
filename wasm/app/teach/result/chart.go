package result

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"homeroom/wasm/markup"
	"homeroom/wasm/words"
)

// A chart is a plot of lines or dots over two axes that begin at 0.
type chart struct {
	label              string // for those who do not see it
	x, y               string // what the axes are
	maxX, maxY         float64
	percentX, percentY bool
	diagonal           bool // a dashed line from corner to corner
	lines              []series
}

type series struct {
	name       string
	points     []point
	line, dots bool
	second     bool
}

// A point has a radius for its dot.
type point struct{ x, y, r float64 }

// Sizes of a chart, in its own units.
const (
	chartWide, chartHigh    = 460.0, 250.0
	chartLeft, chartRight   = 54.0, 24.0
	chartAbove, chartBelow  = 12.0, 44.0
	plotWide                = chartWide - chartLeft - chartRight
	plotHigh                = chartHigh - chartAbove - chartBelow
	ticksWanted             = 5
	percentTicks            = 4
	tickLength, labelBehind = 4.0, 8.0
)

// svg draws the chart.
func (c chart) svg() *node {
	px := func(v float64) float64 { return chartLeft + plotWide*v/nonzero(c.maxX) }
	py := func(v float64) float64 { return chartAbove + plotHigh*(1-v/nonzero(c.maxY)) }
	n := el("svg.chart", at("viewBox", fmt.Sprintf("0 0 %g %g", chartWide, chartHigh)), at("role", "img"), at("aria-label", c.label))
	text := func(x, y float64, anchor, s string, more ...any) *node {
		return el("text", append([]markup.Part{at("x", short(x)), at("y", short(y)), at("text-anchor", anchor), s}, parts(more)...)...)
	}
	for _, v := range ticks(c.maxY, c.percentY) {
		n.Kids = append(n.Kids, el("line.grid", at("x1", short(chartLeft)), at("x2", short(chartWide-chartRight)), at("y1", short(py(v))), at("y2", short(py(v)))),
			text(chartLeft-labelBehind, py(v)+4, "end", tickText(v, c.percentY)))
	}
	for _, v := range ticks(c.maxX, c.percentX) {
		n.Kids = append(n.Kids, el("line.axis", at("x1", short(px(v))), at("x2", short(px(v))), at("y1", short(chartAbove+plotHigh)), at("y2", short(chartAbove+plotHigh+tickLength))),
			text(px(v), chartAbove+plotHigh+18, "middle", tickText(v, c.percentX)))
	}
	n.Kids = append(n.Kids,
		el("line.axis", at("x1", short(chartLeft)), at("x2", short(chartWide-chartRight)), at("y1", short(chartAbove+plotHigh)), at("y2", short(chartAbove+plotHigh))),
		text(chartLeft+plotWide/2, chartHigh-6, "middle", c.x, at("class", "axis-name")),
		text(0, 0, "middle", c.y, at("class", "axis-name"), at("transform", fmt.Sprintf("translate(13 %s) rotate(-90)", short(chartAbove+plotHigh/2)))))
	if c.diagonal {
		n.Kids = append(n.Kids, el("line.ideal", at("x1", short(px(0))), at("y1", short(py(0))), at("x2", short(px(c.maxX))), at("y2", short(py(c.maxY)))))
	}
	for _, s := range c.lines {
		class := "first"
		if s.second {
			class = "second"
		}
		if s.line && len(s.points) > 1 {
			var d strings.Builder
			for i, p := range s.points {
				op := "L"
				if i == 0 {
					op = "M"
				}
				d.WriteString(op + short(px(p.x)) + " " + short(py(min(p.y, c.maxY))))
			}
			n.Kids = append(n.Kids, el("path", at("class", "plot-line "+class), at("d", d.String())))
		}
		if s.dots {
			for _, p := range s.points {
				n.Kids = append(n.Kids, el("circle", at("class", "plot-dot "+class), at("cx", short(px(p.x))), at("cy", short(py(p.y))), at("r", short(p.r))))
			}
		}
	}
	return n
}

func parts(list []any) []markup.Part {
	out := make([]markup.Part, len(list))
	for i, v := range list {
		out[i] = v
	}
	return out
}

func nonzero(v float64) float64 {
	if v <= 0 {
		return 1
	}
	return v
}

// short writes a coordinate without more digits than can be seen.
func short(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) }

// ticks are round values from 0 to most.
func ticks(most float64, percent bool) []float64 {
	if percent && most == 1 {
		var out []float64
		for i := range percentTicks + 1 {
			out = append(out, float64(i)/percentTicks)
		}
		return out
	}
	step := math.Pow(10, math.Floor(math.Log10(nonzero(most)/ticksWanted)))
	for _, m := range []float64{1, 2, 5, 10} {
		if nonzero(most)/(step*m) <= ticksWanted {
			step *= m
			break
		}
	}
	var out []float64
	for v := 0.0; v <= nonzero(most)*1.0001; v += step {
		out = append(out, v)
	}
	return out
}

func tickText(v float64, percent bool) string {
	if percent {
		return words.Percent(v)
	}
	return rounded(math.Round(v*1e4)/1e4, -1)
}

// figure is a chart with a sentence, a legend and the same figures as a table.
func figure(id, title, text string, c chart, columns []string, rows [][]string) *node {
	var legend *node
	if len(c.lines) > 1 {
		legend = el("p.legend")
		for _, s := range c.lines {
			class := "first"
			if s.second {
				class = "second"
			}
			legend.Kids = append(legend.Kids, el("span", el("span", at("class", "legend-mark "+class), at("aria-hidden", "true")), s.name))
		}
	}
	headRow := el("tr")
	for _, name := range columns {
		headRow.Kids = append(headRow.Kids, el("th", at("scope", "col"), name))
	}
	body := el("tbody")
	for _, row := range rows {
		tr := el("tr")
		for _, cell := range row {
			tr.Kids = append(tr.Kids, el("td", cell))
		}
		body.Kids = append(body.Kids, tr)
	}
	return el("section.card-section", key(id), at("aria-labelledby", id+"-title"),
		el("h2", at("id", id+"-title"), title), el("p", text), legend, c.svg(),
		el("details.as-table", el("summary", say("The same as a table")), el("table.figures", el("thead", headRow), body)))
}
