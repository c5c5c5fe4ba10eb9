package answers

import (
	"encoding/csv"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"homeroom/wasm/app/queue"
	"homeroom/wasm/protocol"
)

func saved() []*queue.Photo {
	return []*queue.Photo{
		{ID: 1, Name: "dog.jpg", Stage: queue.Named, Answer: &queue.Answer{Width: 640, Height: 480, Decode: 1, Resize: 2, Network: 3.25, Damaged: "the data end early",
			Results: []protocol.Result{{Index: 207, Label: "golden retriever", Score: 0.87654321}, {Index: 208, Label: "Labrador, \"yellow\"", Score: 0.1}}}},
		{ID: 2, Name: "=HYPERLINK(1).jpg", Path: "@home/=HYPERLINK(1).jpg", Stage: queue.Failed, Problem: "the file is empty"},
		{ID: 3, Name: "later.jpg", Stage: queue.Waiting},
	}
}

func TestSaveCSV(t *testing.T) {
	data, err := CSV(saved())
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
	data, err := JSON(saved())
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
