package base

import (
	"testing"

	"homeroom/core/bank"
	"homeroom/wasm/app/catalogue"
	"homeroom/wasm/text"
)

func TestWhatAHeadSeesInWords(t *testing.T) {
	b := &Base{List: &catalogue.List{Teaching: []catalogue.Network{{Name: "lite0", Title: "Lite 0"}, {Name: "lite2", Title: "Lite 2"}}}}
	for input, want := range map[string]string{
		"lite0@224":                  "Lite 0 at 224 px",
		"lite0@224 + lite0@224/flip": "Lite 0 at 224 px, mirrored too",
		"lite0@224 + lite0@224/flip, lite0@224/wide":                            "Lite 0 at 224 px, mirrored too; the same, the whole photo",
		"lite0@224, lite2@260":                                                  "Lite 0 at 224 px; Lite 2 at 260 px",
		"lite0@224, lite0@224/wide, lite2@260 + lite2@260/flip, lite2@260/wide": "Lite 0 at 224 px; the same, the whole photo; Lite 2 at 260 px, mirrored too; the same, the whole photo",
	} {
		if in, err := bank.ParseInput(input); err != nil || in.String() != input || text.English.Words(b.Sees(input)) != want {
			t.Errorf("%s is %q in words, want %q", input, b.Sees(input), want)
		}
	}
}

func TestSharesOfFewPhotosAreCounts(t *testing.T) {
	for _, c := range []struct {
		share  float64
		photos int
		want   string
	}{{0.75, 8, "6 of 8"}, {0.75, 0, "75%"}, {0.75, 12, "75%"}} {
		if got := text.English.Words(ShareOf(c.share, c.photos)); got != c.want {
			t.Errorf("%v of %d photos is written %q, want %q", c.share, c.photos, got, c.want)
		}
	}
	if few, many := text.English.Words(NamedRight(8)), text.English.Words(NamedRight(80)); few != "photos it had not seen were named right" || many != "of "+few {
		t.Errorf("it says %q and %q", few, many)
	}
}
