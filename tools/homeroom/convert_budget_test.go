package main

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"homeroom/tools/homeroom/console"
)

// TestConvertForABudget makes a pack of a wanted length, and tells what it answers as the
// checkpoint does.
func TestConvertForABudget(t *testing.T) {
	folder := t.TempDir()
	in, out := filepath.Join(folder, "small.safetensors"), filepath.Join(folder, "out.pack")
	smallNetwork(t, in)
	const pictures, photos = "../../core/photo/testdata/pictures", "../reference/photos"
	budget := []string{"convert", in, "-o", out, "--bytes-budget"}
	calibrated := append(budget, "190000", "--calibrate", pictures)

	fail(t, 1, append(budget, "190000"), "--calibrate")
	fail(t, 1, []string{"convert", in, "-o", out, "--calibrate", pictures}, "--bytes-budget, which is missing")
	fail(t, 1, append(calibrated, "--dtype", "f16"), "leave --dtype out")
	fail(t, 1, append(budget, "190000", "--calibrate", photos), "photos to calibrate on; at least 32")
	if _, err := os.Stat(out); err == nil {
		t.Fatal("what failed left a pack")
	}

	status, printed, complaints := execute(t, append(calibrated, "--judge", photos)...)
	if status != 0 {
		t.Fatal(complaints)
	}
	info, err := os.Stat(out)
	if err != nil {
		t.Fatal(err)
	}
	if n := info.Size(); n > 190_000 || n < 187_000 {
		t.Errorf("a pack of %d bytes", n)
	}
	rows := regexp.MustCompile(`(?m)^(f32|f16|int8|int8, coded|this pack) +([\d,]+) +[\d.]+ +(\d+) of +(\d+) ([\d.]+)$`).FindAllStringSubmatch(printed, -1)
	if len(rows) != 5 || rows[0][3] != rows[0][4] || rows[0][5] != "0.0000" || rows[2][3] != rows[3][3] || rows[4][2] != console.Grouped(info.Size()) {
		t.Errorf("printed\n%s", printed)
	}
	succeed(t, "inspect", out)

	// Photos that weights were rounded by say nothing of how good they are.
	copied := filepath.Join(folder, "copied")
	write(t, read(t, filepath.Join(pictures, "444.jpg")), copied, "copy.jpg")
	fail(t, 1, append(calibrated, "--judge", copied), "444.jpg", "copy.jpg", "are the same photo")
}
