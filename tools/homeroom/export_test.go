package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// scoresOf are those of a photo by their labels.
func scoresOf(t *testing.T, args ...string) map[string]float64 {
	t.Helper()
	var line struct {
		Results []struct {
			Label string
			Score float64
		}
	}
	if err := json.Unmarshal([]byte(succeed(t, append([]string{"classify", "--json", "--top", "1000"}, args...)...)), &line); err != nil {
		t.Fatal(err)
	}
	out := map[string]float64{}
	for _, r := range line.Results {
		out[r.Label] = r.Score
	}
	return out
}

// apart is the largest difference between scores, which must be of the same labels.
func apart(t *testing.T, got, want map[string]float64) float64 {
	t.Helper()
	worst := 0.0
	for label, s := range want {
		v, ok := got[label]
		if !ok {
			t.Errorf("there is no label %q", label)
		}
		worst = max(worst, math.Abs(v-s))
	}
	if len(got) != len(want) {
		t.Errorf("%d labels of %d", len(got), len(want))
	}
	return worst
}

// What is exported was run on photos; it is read back by the importer with its labels and its way
// to cut photos, and names photos as the pack does.
func TestExportAndConvert(t *testing.T) {
	koala := photoFolder + "/koala.jpg"
	for _, test := range []struct {
		network string
		files   map[string]string // by format
	}{
		{"efficientnet-lite0", map[string]string{"tflite": "a.tflite"}},
		{"alexnet-cifar10", map[string]string{"onnx": "a.onnx", "tflite": "a.tflite", "teachable-machine": "a.zip"}},
		{"se-resnet20-cifar10", map[string]string{"onnx": "a.onnx", "tflite": "a.tflite", "teachable-machine": "a.zip"}},
		{"vit-cifar10", map[string]string{"onnx": "a.onnx", "tflite": "a.tflite"}},
	} {
		t.Setenv("HOMEROOM_WEIGHTS", "../../weights")
		want := scoresOf(t, "--model", test.network, koala)
		for format, name := range test.files {
			folder := t.TempDir()
			file, back := filepath.Join(folder, name), filepath.Join(folder, "back.pack")
			if _, out, _ := execute(t, "export", test.network, "--as", format, "--photos", photoFolder, "-o", file); !strings.Contains(out, "run on 7 photos, a score differs by ") {
				t.Errorf("%s as %s: %s", test.network, format, out)
			}
			succeed(t, "convert", file, "--dtype", "f32", "-o", back)
			if worst := apart(t, scoresOf(t, "--model", back, koala), want); worst > 1e-4 {
				t.Errorf("%s as %s: the largest difference is %.2g", test.network, format, worst)
			}
		}
	}
}

// Every kind of head is run on thumbnails of its project in every format that takes it.
func TestExportRuns(t *testing.T) {
	folder := t.TempDir()
	for _, name := range []string{"homeroom.js", "element.js", "worker.js", "standalone.css"} {
		script, err := os.ReadFile("../../element/" + name)
		if err != nil {
			t.Fatal(err)
		}
		write(t, script, folder, "element", name)
	}
	write(t, []byte("an engine"), folder, "element", "engine.bin")
	for _, test := range []struct {
		head, views string
		formats     []string
	}{
		{"linear", "plain", []string{"onnx", "tflite", "teachable-machine", "safetensors"}},
		{"mlp", "plain", []string{"onnx", "tflite", "teachable-machine", "safetensors"}},
		{"knn", "plain,flip,wide", []string{"onnx", "safetensors"}},
		{"means", "plain,flip", []string{"onnx", "tflite", "safetensors"}},
	} {
		from := filepath.Join(folder, test.head+".homeroom")
		execute(t, "finetune", "--train", "testdata/clothing/train", "--model", "alexnet-cifar10", "--head", test.head, "--views", test.views, "--out", from)
		bare := filepath.Join(folder, "bare.homeroom")
		succeed(t, "export", from, "--as", "homeroom", "-o", bare)
		shoe := "testdata/clothing/test/shoes/1.jpg"
		if worst := apart(t, scoresOf(t, "--head", bare, shoe), scoresOf(t, "--head", from, shoe)); worst != 0 {
			t.Errorf("%s without its photos: the largest difference is %.2g", test.head, worst)
		}
		for _, format := range append(test.formats, "homeroom", "html", "folder") {
			args := []string{"export", from, "--as", format, "-o", filepath.Join(folder, "out")}
			if format == "html" || format == "folder" {
				args = append(args, "--page", folder)
			}
			_, out, complaints := execute(t, args...)
			if !strings.Contains(out, "run on 18 photos, a score differs by ") {
				t.Errorf("%s as %s: %s%s", test.head, format, out, complaints)
			}
			if test.head != "knn" { // the one with views enough for a quick head
				continue
			}
			if _, out, complaints = execute(t, append(args, "--quick")...); !strings.Contains(out, "run on 18 photos, a score differs by ") {
				t.Errorf("the quick head of %s as %s: %s%s", test.head, format, out, complaints)
			}
		}
	}
}

// Files that other programs wrote are converted: TensorFlow Lite's converter, Keras 2 and 3,
// TensorFlow.js.
func TestConvertForeign(t *testing.T) {
	labels := filepath.Join(t.TempDir(), "labels.txt")
	if err := os.WriteFile(labels, []byte("cat\ndog\nbird\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	var want map[string]float64
	for _, file := range []string{"../keras/testdata/keras2.h5", "../keras/testdata/keras3.h5", "../keras/testdata/keras3.keras", "../tflite/testdata/float.tflite", "../tflite/testdata/half.tflite"} {
		back := filepath.Join(t.TempDir(), "back.pack")
		execute(t, "convert", file, "--dtype", "f32", "--labels", labels, "-o", back)
		got := scoresOf(t, "--model", back, photoFolder+"/koala.jpg")
		if want == nil {
			want = got
		}
		if worst := apart(t, got, want); worst > 1e-3 { // of half precision
			t.Errorf("%s: the largest difference is %.2g", file, worst)
		}
	}
	// As Teachable Machine exports for TensorFlow.js and for TensorFlow Lite.
	read := func(name string) string {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	zipped := func(files map[string]string) string {
		path := filepath.Join(t.TempDir(), "tm.zip")
		var out bytes.Buffer
		z := zip.NewWriter(&out)
		for name, text := range files {
			w, err := z.Create(name)
			if err == nil {
				_, err = w.Write([]byte(text))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(z.Close(), os.WriteFile(path, out.Bytes(), 0o666)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	web := zipped(map[string]string{
		"model.json": read("../keras/testdata/tfjs.json"), "weights.bin": read("../keras/testdata/weights.bin"),
		"metadata.json": `{"packageName":"@teachablemachine/image","labels":["red cup","blue cup","nothing"],"imageSize":32}`,
	})
	lite := zipped(map[string]string{"model_unquant.tflite": read("../tflite/testdata/float.tflite"), "labels.txt": "0 cat\n1 dog\n2 bird\n"})
	h5 := zipped(map[string]string{"keras_model.h5": read("../keras/testdata/keras2.h5"), "labels.txt": "0 cat\n1 dog\n2 bird\n"})
	for file, names := range map[string][]string{web: {"blue cup", "nothing", "red cup"}, lite: {"bird", "cat", "dog"}, h5: {"bird", "cat", "dog"}} {
		back := filepath.Join(t.TempDir(), "back.pack")
		if status, _, complaints := execute(t, "convert", file, "--dtype", "f32", "-o", back); status != 0 || strings.Contains(complaints, "assumed") != (file != web) {
			t.Errorf("%s: %d, %s", file, status, complaints)
		}
		got := scoresOf(t, "--model", back, photoFolder+"/koala.jpg")
		if !slices.Equal(slices.Sorted(maps.Keys(got)), names) {
			t.Errorf("%v", got)
		}
		if names[0] == "bird" {
			if worst := apart(t, got, want); worst > 1e-5 {
				t.Errorf("%s: the largest difference is %.2g", file, worst)
			}
		}
	}
	// model.json with its weights beside it, which may be no link.
	folder := t.TempDir()
	beside := filepath.Join(folder, "model.json")
	weights, err := filepath.Abs("../keras/testdata/weights.bin")
	if err := errors.Join(err, os.WriteFile(beside, []byte(read("../keras/testdata/tfjs.json")), 0o666), os.Symlink(weights, filepath.Join(folder, "weights.bin"))); err != nil {
		t.Fatal(err)
	}
	args := []string{"convert", beside, "--labels", labels, "-o", filepath.Join(t.TempDir(), "a.pack")}
	fail(t, 1, args, "is a link")
	if err := errors.Join(os.Remove(filepath.Join(folder, "weights.bin")), os.WriteFile(filepath.Join(folder, "weights.bin"), []byte(read(weights)), 0o666)); err != nil {
		t.Fatal(err)
	}
	if status, _, complaints := execute(t, args...); status != 0 {
		t.Error(complaints)
	}
	// Of bytes as Frigate gives them.
	ofBytes, back := filepath.Join(t.TempDir(), "bytes.tflite"), filepath.Join(t.TempDir(), "back.pack")
	if _, out, complaints := execute(t, "export", "alexnet-cifar10", "--as", "tflite", "--bytes", "--photos", photoFolder, "-o", ofBytes); !strings.Contains(out, "run on 7 photos") {
		t.Errorf("%s%s", out, complaints)
	}
	succeed(t, "convert", ofBytes, "--dtype", "f32", "-o", back)
	koala := photoFolder + "/koala.jpg"
	if worst := apart(t, scoresOf(t, "--model", back, koala), scoresOf(t, "--model", "alexnet-cifar10", koala)); worst > 1e-4 {
		t.Errorf("of bytes: the largest difference is %.2g", worst)
	}
	empty := zipped(map[string]string{"readme.txt": "nothing"})
	fail(t, 1, []string{"convert", empty, "-o", filepath.Join(t.TempDir(), "a.pack")}, "holds no model")
}

func TestExportRefuses(t *testing.T) {
	out := filepath.Join(t.TempDir(), "a.onnx")
	fail(t, 1, []string{"export", "nothing", "--as", "onnx", "-o", out}, "nothing")
	fail(t, 1, []string{"export", "efficientnet-lite0", "--as", "onnx", "--weights", "f16", "-o", out}, "f32 or int8")
	fail(t, 1, []string{"export", "efficientnet-lite0", "--as", "onnx", "--bytes", "-o", out}, "--bytes")
	for _, test := range []struct{ as, flag, from, says string }{
		{"html", "--weights=f16", "a.homeroom", "--weights: html"}, {"folder", "--weights=int8", "a.homeroom", "--weights: folder"}, {"homeroom", "--weights=f16", "a.homeroom", "--weights: homeroom"},
		{"csv", "--weights=f16", "a.homeroom", "--weights: csv"}, {"csv", "--quick", "a.homeroom", "--quick: csv"}, {"csv", "--state=last", "a.homeroom", "--state: csv"},
		{"csv", "--photos=b.jpg", "a.homeroom", "--photos: csv"}, {"csv", "--model=b.pack", "a.homeroom", "--model: csv"}, {"csv", "--size=224", "a.homeroom", "--size"},
		{"html", "--size=224", "a.homeroom", "--size"}, {"html", "--bytes", "a.homeroom", "--bytes"}, {"tflite", "--size=224", "a.homeroom", "--size"},
		{"onnx", "--quick", "efficientnet-lite0", "--quick: efficientnet-lite0 is a network"}, {"onnx", "--state=best", "efficientnet-lite0", "--state"}, {"onnx", "--model=b.pack", "efficientnet-lite0", "--model"},
		{"onnx", "--page=.", "efficientnet-lite0", "--page"}, {"homeroom", "--page=.", "a.homeroom", "--page"},
	} {
		fail(t, 1, []string{"export", test.from, "--as", test.as, test.flag, "-o", out}, test.says)
	}
	fail(t, 1, []string{"export", "a.homeroom", "--as", "html", "--quick", "--state", "last", "-o", out}, "one state")
	fail(t, 2, []string{"export", "efficientnet-lite0", "--as", "caffe", "-o", out}, "--as")
	fail(t, 1, []string{"export", "efficientnet-lite0", "--as", "onnx", "-o", filepath.Join(out, "b")}, "there is no folder")
}

// A head that answers by the nearest photos holds their features, which is said.
func TestExportTellsOfFeatures(t *testing.T) {
	t.Setenv("HOMEROOM_WEIGHTS", "../../weights")
	for kind, want := range map[string]string{"linear": "no photos and no features of them", "knn": "no photos, but the features of those it answers by"} {
		folder := t.TempDir()
		taught := filepath.Join(folder, "a.homeroom")
		for class, photo := range map[string]string{"koala": "koala.jpg", "panda": "panda.jpg"} {
			data, err := os.ReadFile(filepath.Join(photoFolder, photo))
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"1.jpg", "2.jpg"} {
				write(t, data, folder, "train", class, name)
			}
		}
		if status, _, complaints := execute(t, "finetune", "--train", filepath.Join(folder, "train"), "--head", kind, "--out", taught); status != 0 {
			t.Fatal(complaints) // a slow machine tells how far it is
		}
		if out := succeed(t, "export", taught, "--as", "homeroom", "-o", filepath.Join(folder, "bare.homeroom")); !strings.Contains(out, want) {
			t.Errorf("%s: %s", kind, out)
		}
		other := filepath.Join(folder, "other.onnx")
		fail(t, 1, []string{"export", taught, "--as", "onnx", "--model", "alexnet-cifar10", "-o", other}, "--model: alexnet-cifar10", "taught on efficientnet-lite0")
		fail(t, 1, []string{"classify", "--head", taught, "--model", "alexnet-cifar10", photoFolder + "/koala.jpg"}, "--model: alexnet-cifar10", "taught on efficientnet-lite0")
	}
}
