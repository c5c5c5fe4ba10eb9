package model

import (
	"fmt"
	"image"
	"math"
	"slices"

	"homeroom/core/graph"
	"homeroom/core/tensor"
)

// Maps are pictures of one layer for the last photo, all of one size.
type Maps struct {
	Rows, Columns int
	Planes        [][]float32 // [Rows][Columns] each
}

// Maps returns the feature maps of a layer in the last run, one for each channel. Tokens of a
// vision transformer are laid out as the patches are, without those in front of them. Of an
// attention layer they are what each head attends to instead: from the class token, or where there
// is none on average over all patches. The classifier must keep the layer, and for an attention
// layer have Options.Attention.
func (c *Classifier) Maps(layer string) (Maps, error) {
	if slices.Contains(c.Model.Graph.Attentions(), layer) {
		return c.attentionMaps(layer)
	}
	v, err := c.Layer(layer)
	if err != nil {
		return Maps{}, err
	}
	from := 0
	m := Maps{Rows: v.H, Columns: v.W}
	if p, ok := c.Patches(); ok && v.W == 1 {
		switch count := p.Rows * p.Columns; v.H {
		case count + p.Prefix:
			from, m.Rows, m.Columns = p.Prefix, p.Rows, p.Columns
		case count:
			m.Rows, m.Columns = p.Rows, p.Columns
		}
	}
	for k := range v.C {
		plane := make([]float32, m.Rows*m.Columns)
		for i := range plane {
			plane[i] = v.Data[(from+i)*v.C+k]
		}
		m.Planes = append(m.Planes, plane)
	}
	return m, nil
}

// Layer returns the output of a layer in the last run, [H][W][C], valid until the next; of an
// attention layer its weights, [heads][to][from], where they were kept.
func (c *Classifier) Layer(name string) (tensor.Tensor, error) {
	known := name == graph.Input
	for i := range c.Model.Graph.Nodes {
		known = known || c.Model.Graph.Nodes[i].Name == name
	}
	if !known {
		return tensor.Tensor{}, fmt.Errorf("%s has no layer %q", c.Model.Name, name)
	}
	if slices.Contains(c.Model.Graph.Attentions(), name) {
		if a, err := c.program.Attention(name); err == nil {
			return a, nil
		}
	}
	return c.program.Value(name)
}

func (c *Classifier) attentionMaps(layer string) (Maps, error) {
	a, err := c.program.Attention(layer)
	if err != nil {
		return Maps{}, err
	}
	p, ok := c.Patches()
	if !ok || a.W != p.Prefix+p.Rows*p.Columns {
		return Maps{}, fmt.Errorf("layer %q of %s attends to no patches of a photo", layer, c.Model.Name)
	}
	m := Maps{Rows: p.Rows, Columns: p.Columns}
	for h := range a.H {
		plane := make([]float32, p.Rows*p.Columns)
		rows := []int{0}
		if p.Prefix == 0 {
			rows = make([]int, a.W)
			for i := range rows {
				rows[i] = i
			}
		}
		for _, to := range rows {
			for i, w := range a.Data[(h*a.W+to)*a.C+p.Prefix:][:len(plane)] {
				plane[i] += w / float32(len(rows))
			}
		}
		m.Planes = append(m.Planes, plane)
	}
	return m, nil
}

// Limits of a contact sheet, in pixels.
const (
	leastCell = 64
	mostSheet = 8192
)

// Sheet draws the maps side by side, in their order, row by row, with a pixel between them: from
// black to white linearly. Black is the least value of all or zero, whichever is less; white is
// what one element in a thousand lies above, so that single peaks do not darken all else. It fails
// where there are more maps than a sheet can hold.
func (m Maps) Sheet() (sheet *image.Gray, black, white float32, err error) {
	if len(m.Planes) == 0 || m.Rows < 1 || m.Columns < 1 {
		return nil, 0, 0, fmt.Errorf("there are no maps to draw")
	}
	all := slices.Concat(m.Planes...)
	black, white = min(slices.Min(all), 0), nth(all, len(all)-1-len(all)/1000)
	if !(white > black) {
		white = slices.Max(all)
	}
	scale := float32(0)
	if white > black {
		scale = 255 / (white - black)
	}
	across, down, zoom := m.Layout()
	if zoom > 0 {
		sheet = image.NewGray(image.Rect(0, 0, across*(m.Columns*zoom+1)+1, down*(m.Rows*zoom+1)+1))
	} else {
		return nil, 0, 0, fmt.Errorf("%d maps of %d × %d are more than a picture of %d × %d can show; take a smaller input size, or numbers in a .npy file", len(m.Planes), m.Rows, m.Columns, mostSheet, mostSheet)
	}
	for i := range sheet.Pix {
		sheet.Pix[i] = gutter
	}
	for k, plane := range m.Planes {
		left, top := 1+k%across*(m.Columns*zoom+1), 1+k/across*(m.Rows*zoom+1)
		for y := range m.Rows * zoom {
			row := sheet.Pix[sheet.PixOffset(left, top+y):]
			for x := range m.Columns * zoom {
				v := (plane[y/zoom*m.Columns+x/zoom] - black) * scale
				row[x] = uint8(min(max(v, 0), 255) + 0.5)
			}
		}
	}
	return sheet, black, white, nil
}

// Layout tells how many maps lie side by side in a sheet, and one below the other, as near to a
// square as can be, and how many pixels a place takes in a row: 0 where there are more maps than a
// sheet can hold.
func (m Maps) Layout() (across, down, zoom int) {
	for zoom = (leastCell + max(m.Rows, m.Columns) - 1) / max(m.Rows, m.Columns); zoom > 0; zoom-- {
		w, h := m.Columns*zoom+1, m.Rows*zoom+1
		across = int(math.Ceil(math.Sqrt(float64(len(m.Planes)) * float64(h) / float64(w))))
		down = (len(m.Planes) + across - 1) / across
		if across*w < mostSheet && down*h < mostSheet {
			break
		}
	}
	return across, down, zoom
}

// Strongest is the number of the map that varies most over its places.
func (m Maps) Strongest() int {
	best, most := 0, -1.0
	for k, plane := range m.Planes {
		sum, squares := 0.0, 0.0
		for _, v := range plane {
			sum, squares = sum+float64(v), squares+float64(v)*float64(v)
		}
		if n := float64(len(plane)); squares/n-sum/n*sum/n > most {
			best, most = k, squares/n-sum/n*sum/n
		}
	}
	return best
}

// gutter is the grey between the maps of a sheet.
const gutter = 96

// nth returns the element that would be at a place if all were sorted, and moves them about (Hoare
// 1961, FIND).
func nth(x []float32, at int) float32 {
	lo, hi := 0, len(x)-1
	for lo < hi {
		pivot, i, j := x[(lo+hi)/2], lo, hi
		for i <= j {
			for x[i] < pivot {
				i++
			}
			for pivot < x[j] {
				j--
			}
			if i <= j {
				x[i], x[j] = x[j], x[i]
				i, j = i+1, j-1
			}
		}
		switch {
		case at <= j:
			hi = j
		case at >= i:
			lo = i
		default:
			return x[at]
		}
	}
	return x[at]
}
