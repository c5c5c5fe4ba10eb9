package export

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"testing"

	"homeroom/core/bank"
	"homeroom/core/feature"
)

// A table of features is read back as the numbers that went in.
func TestCSV(t *testing.T) {
	b := &bank.Builder{}
	for _, space := range []struct {
		name string
		dim  int
	}{{"net@224", 3}, {"net@224/flip", 2}} {
		s, err := feature.Parse(space.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.AddSpace(s, space.dim); err != nil {
			t.Fatal(err)
		}
	}
	c, err := b.AddClass("red, \"wide\"")
	if err != nil {
		t.Fatal(err)
	}
	want := []float32{0.1, -1e-8, 16777216}
	if _, err := b.Add(bank.Photo{Name: "a,b.jpg", Class: c, Split: bank.Valid, Features: [][]float32{want}}); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := CSV(&out, b.Bank()); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(rows) != 2 || len(rows[0]) != 8 {
		t.Fatalf("%q, %v", rows, err)
	}
	if rows[0][7] != "net@224/flip:1" || rows[1][0] != "a,b.jpg" || rows[1][1] != "red, \"wide\"" || rows[1][2] != "valid" || rows[1][6] != "" {
		t.Errorf("%q", rows)
	}
	for i, v := range want {
		if got, err := strconv.ParseFloat(rows[1][3+i], 32); err != nil || float32(got) != v {
			t.Errorf("%v came back as %q, %v", v, rows[1][3+i], err)
		}
	}
	if err := CSV(&out, &bank.Bank{}); err == nil {
		t.Error("an empty table was written")
	}
}
