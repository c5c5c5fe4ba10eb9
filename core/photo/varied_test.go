package photo

import (
	"encoding/binary"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var varied = flag.String("varied", "", "file that tools/reference/varied.py wrote, for TestVaried")

// TestVaried counts how many pictures with small damages, all of which Pillow reads, are read the
// same, to 3 levels, by format.
func TestVaried(t *testing.T) {
	if *varied == "" {
		return
	}
	rest, err := os.ReadFile(*varied)
	if err != nil {
		t.Fatal(err)
	}
	type count struct{ all, same, other, refused, silent int }
	counts := map[string]count{}
	for len(rest) > 0 {
		var n [4]int
		for i := range n {
			n[i] = int(binary.LittleEndian.Uint32(rest[4*i:]))
		}
		next := func(n int) (part []byte) { part, rest = rest[:n], rest[n:]; return part }
		next(16)
		name, data := string(next(n[0])), next(n[1])
		want := &Photo{Width: n[2], Height: n[3], Pix: next(3 * n[2] * n[3])}
		picture, _, _ := strings.Cut(name, ",")
		format := filepath.Ext(picture)
		c := counts[format]
		c.all++
		p, err := Decode(data, Limits{})
		worst := 256
		if err == nil && p.Width == want.Width && p.Height == want.Height {
			worst = 0
			for i, v := range p.Pix {
				d := int(v) - int(want.Pix[i])
				worst = max(worst, d, -d)
			}
		}
		switch {
		case err != nil:
			c.refused++
			t.Logf("%s: %v", name, err)
		case worst <= 3:
			c.same++
		case p.Damaged != "":
			c.other++
			t.Logf("%s differs; it is called damaged: %s", name, p.Damaged)
		default:
			c.silent++
			t.Logf("%s differs", name)
		}
		counts[format] = c
	}
	for format, c := range counts {
		t.Logf("%s: of %d that Pillow reads %d are the same to 3 levels, %d refused, %d other and called damaged, %d other without a word", format, c.all, c.same, c.refused, c.other, c.silent)
		if float64(c.same) < 0.98*float64(c.all) {
			t.Errorf("%s: too few", format)
		}
	}
}
