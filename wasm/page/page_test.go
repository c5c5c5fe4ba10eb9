package page

import (
	"encoding/csv"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestPace(t *testing.T) {
	var p Pace
	now := time.Unix(0, 0)
	p.Start(now)
	if _, ok := p.Left(10); ok {
		t.Fatal("foretold from nothing")
	}
	for range 2 * paceWindow { // slow ones, which the window leaves behind
		now = now.Add(time.Second)
		p.Tick(now)
	}
	for range paceWindow + 1 {
		now = now.Add(100 * time.Millisecond)
		p.Tick(now)
	}
	left, ok := p.Left(50)
	if !ok || left < 4900*time.Millisecond || left > 5100*time.Millisecond {
		t.Fatalf("50 photos at 100 ms: foretold %v, %v", left, ok)
	}
	if _, ok := p.Left(0); ok {
		t.Fatal("foretold a time for no photos")
	}
}

func TestCrew(t *testing.T) {
	for _, c := range []struct {
		wanted, cores int
		memory        float64
		want          int
	}{
		{0, 1, 0, 1}, {0, 2, 8, 2}, {0, 4, 8, 3}, {0, 16, 8, 4}, {0, 8, 4, 2}, {0, 8, 2, 1}, {0, 8, 0, 4},
		{1, 16, 8, 1}, {3, 2, 8, 3}, {99, 2, 8, 4}, {0, 0, 0, 1},
	} {
		if got := crew(c.wanted, c.cores, c.memory); got != c.want {
			t.Errorf("crew(%d, %d, %v) = %d, want %d", c.wanted, c.cores, c.memory, got, c.want)
		}
	}
}

func saved() []*Photo {
	return []*Photo{
		{ID: 1, Name: "dog.jpg", Stage: Named, Answer: &Answer{Width: 640, Height: 480, Decode: 1, Resize: 2, Network: 3.25, Damaged: "the data end early",
			Results: []Result{{207, "golden retriever", 0.87654321}, {208, "Labrador, \"yellow\"", 0.1}}}},
		{ID: 2, Name: "=HYPERLINK(1).jpg", Path: "@home/=HYPERLINK(1).jpg", Stage: Failed, Problem: "the file is empty"},
		{ID: 3, Name: "later.jpg", Stage: Waiting},
	}
}

func TestSaveCSV(t *testing.T) {
	data, err := saveCSV(saved())
	if err != nil {
		t.Fatal(err)
	}
	text, marked := strings.CutPrefix(string(data), "\ufeff")
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || !marked {
		t.Fatalf("the table does not read back: %v, mark %v", err, marked)
	}
	want := [][]string{
		{"file", "path", "width", "height", "label 1", "score 1", "label 2", "score 2", "label 3", "score 3", "label 4", "score 4", "label 5", "score 5", "ms", "error", "damaged"},
		{"dog.jpg", "", "640", "480", "golden retriever", "0.87654321", "Labrador, \"yellow\"", "0.1", "", "", "", "", "", "", "6.2", "", "the data end early"},
		{"'=HYPERLINK(1).jpg", "'@home/=HYPERLINK(1).jpg", "", "", "", "", "", "", "", "", "", "", "", "", "", "the file is empty", ""},
		{"later.jpg", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "not named yet", ""},
	}
	if !reflect.DeepEqual(rows, want) {
		t.Fatalf("rows\n%q\nwant\n%q", rows, want)
	}
}

func TestSaveJSON(t *testing.T) {
	data, err := saveJSON(saved())
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]any
	if err := json.Unmarshal(data, &rows); err != nil || len(rows) != 3 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	best := rows[0]["results"].([]any)[0].(map[string]any)
	if best["label"] != "golden retriever" || best["score"] != 0.87654321 || best["index"] != 207.0 || rows[0]["ms"] != 6.25 || rows[0]["damaged"] != "the data end early" || rows[1]["damaged"] != nil {
		t.Fatalf("first row: %v", rows[0])
	}
	if rows[1]["error"] != "the file is empty" || rows[1]["results"] != nil {
		t.Fatalf("second row: %v", rows[1])
	}
}

const entry = `{"name":"n","title":"N","file":"n.pack","bytes":10,"sha256":"` +
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" + `","classes":5,"sizes":[192,224],"preprocess":{"size":224},"licence":"L","source":"S"}`

func TestParseCatalog(t *testing.T) {
	// The second is for teaching alone, the first for naming alone.
	backbone := strings.Replace(entry, `"classes":5`, `"classes":0,"feature":8`, 1)
	list, teaching, err := parseCatalog([]byte("[" + entry + "," + backbone + "]"))
	if err != nil || len(list) != 1 || list[0].Preprocess.Size != 224 || len(teaching) != 1 || teaching[0].Feature != 8 {
		t.Fatalf("%+v, %+v, %v", list, teaching, err)
	}
	for what, data := range map[string]string{
		"no list":         `7`,
		"nothing":         ``,
		"an empty list":   `[]`,
		"no name":         "[" + strings.Replace(entry, `"n"`, `""`, 1) + "]",
		"a path":          "[" + strings.Replace(entry, `n.pack`, `../n.pack`, 1) + "]",
		"another origin":  "[" + strings.Replace(entry, `n.pack`, `//evil.example`, 1) + "]",
		"a query":         "[" + strings.Replace(entry, `n.pack`, `n.pack?x`, 1) + "]",
		"no size":         "[" + strings.Replace(entry, `"bytes":10`, `"bytes":0`, 1) + "]",
		"a huge size":     "[" + strings.Replace(entry, `"bytes":10`, `"bytes":99999999999`, 1) + "]",
		"a bad sum":       "[" + strings.Replace(entry, `abcdef"`, `ABCDEF"`, 1) + "]",
		"no input size":   "[" + strings.Replace(entry, `:224`, `:0`, 1) + "]",
		"no classes":      "[" + strings.Replace(entry, `:5`, `:0`, 1) + "]",
		"an offer of 0":   "[" + strings.Replace(entry, `[192`, `[0`, 1) + "]",
		"text for a size": "[" + strings.Replace(entry, `:224`, `:"x"`, 1) + "]",
	} {
		if list, _, err := parseCatalog([]byte(data)); err == nil {
			t.Errorf("%s was taken: %+v", what, list)
		}
	}
}

func TestOffered(t *testing.T) {
	for _, c := range []struct {
		own, inUse int
		sizes      []int
		want       []int
	}{
		{224, 224, []int{224}, []int{224}},
		{224, 96, []int{192, 256}, []int{96, 192, 224, 256}},
		{224, 224, nil, []int{128, 160, 192, 224, 256, 288, 320, 384}},
		{240, 224, nil, []int{128, 160, 192, 224, 240, 256, 288, 320, 384}},
		{260, 500, nil, []int{128, 160, 192, 224, 256, 260, 288, 320, 384, 500}},
		{224, 96, nil, []int{96, 128, 160, 192, 224, 256, 288, 320, 384}},
	} {
		n := Network{Sizes: c.sizes}
		n.Preprocess.Size = c.own
		if got := n.offered(c.inUse); !reflect.DeepEqual(got, c.want) {
			t.Errorf("offered(%d, %d) = %v, want %v", c.own, c.inUse, got, c.want)
		}
	}
}
