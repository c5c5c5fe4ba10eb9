package export

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"

	"homeroom/core/bank"
)

// CSV writes the features of a bank's photos as a table (RFC 4180): a line of names, then a line
// for each photo with its name, class, split, and the numbers of each feature space, SPACE:INDEX,
// in the shortest decimals that are read back as the same float32. What was not computed is left
// empty.
func CSV(w io.Writer, b *bank.Bank) error {
	if len(b.Photos) == 0 {
		return fmt.Errorf("there are no photos whose features could be written")
	}
	out := csv.NewWriter(w)
	row := []string{"photo", "class", "split"}
	for _, s := range b.Spaces {
		for i := range s.Dim {
			row = append(row, s.Name.String()+":"+strconv.Itoa(i))
		}
	}
	if err := out.Write(row); err != nil {
		return err
	}
	for i := range b.Photos {
		p := &b.Photos[i]
		row = append(row[:0], p.Name, b.Classes[p.Class], p.Split.String())
		for k, s := range b.Spaces {
			var v []float32
			if k < len(p.Features) {
				v = p.Features[k]
			}
			for j := range s.Dim {
				text := ""
				if v != nil {
					text = strconv.FormatFloat(float64(v[j]), 'g', -1, 32)
				}
				row = append(row, text)
			}
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}
