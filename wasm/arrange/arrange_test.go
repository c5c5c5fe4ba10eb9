package arrange

import (
	"strings"
	"testing"

	"homeroom/core/archive/sorting"
	"homeroom/wasm/protocol"
)

// TestPlan has photos with places that are taken, by files, folders and one another.
func TestPlan(t *testing.T) {
	got, err := Plan(protocol.Arrangement{Template: sorting.Default, There: []string{"a.jpg", "b/A.JPG", "koala", "koala/a.jpg", "koala/c.jpg", "fox", "fox/b.jpg"}, Photos: []protocol.ArrangedPhoto{
		{Path: "a.jpg", Label: "koala", Beside: []string{"a.xmp"}}, {Path: "b/A.JPG", Label: "koala"}, {Path: "koala/c.jpg", Label: "koala"}, {Path: "koala/a.jpg", Label: ""}, {Path: "x/b.jpg", Label: "FOX"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	var places []string
	for _, p := range got {
		places = append(places, p.To)
		for _, b := range p.Beside {
			places = append(places, b.To)
		}
	}
	if got, want := strings.Join(places, " "), "koala/a-2.jpg koala/a-2.xmp koala/A-3.JPG koala/c.jpg unsure/a.jpg FOX/b-2.jpg"; got != want {
		t.Errorf("they go to %s, want %s", got, want)
	}
	if _, err := Plan(protocol.Arrangement{Template: "{label}"}); err == nil {
		t.Error("a template without a name is taken")
	}
}

// TestMerge has sidecars that are made, changed, left and refused.
func TestMerge(t *testing.T) {
	first := Merge([]protocol.Sidecar{{Label: "koala", Score: 0.9, Network: "n"}, {}, {Data: []byte("no XML"), Label: "koala"}})
	if first[0].Error != "" || !strings.Contains(string(first[0].Data), "koala") || !first[1].Same || first[2].Error == "" {
		t.Fatalf("they are %+v", first)
	}
	again := Merge([]protocol.Sidecar{{Data: first[0].Data, Label: "koala", Score: 0.9, Network: "n"}, {Data: first[0].Data, Label: "fox", Score: 0.9, Network: "n"}})
	if !again[0].Same || strings.Contains(string(again[1].Data), "koala") || !strings.Contains(string(again[1].Data), "fox") {
		t.Errorf("they are %+v", again)
	}
}
