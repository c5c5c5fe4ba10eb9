package share

import (
	"slices"
	"strings"
	"testing"

	"homeroom/tools/exports"
	"homeroom/wasm/text"
)

// Each format that is offered says who wants it in one sentence, and how it is used in three lines.
func TestFormatsAreToldOf(t *testing.T) {
	offered := []string{exports.Homeroom, exports.HTML, exports.Folder, exports.CSV}
	for _, f := range exports.Formats {
		offered = append(offered, f.Name)
	}
	for _, a := range formats {
		if !slices.Contains(offered, a.format) || len(a.use) != 3 || !strings.HasSuffix(text.English.Words(a.who), ".") || strings.Count(a.who, ". ") > 0 {
			t.Errorf("%s: %q, %d lines", a.format, a.who, len(a.use))
		}
	}
	if len(formats) != len(offered) {
		t.Errorf("%d formats are told of, and there are %d", len(formats), len(offered))
	}
}
