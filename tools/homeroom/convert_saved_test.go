package main

import (
	"encoding/json"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"homeroom/tools/homeroom/convert"
)

// trained are PyTorch's answers for what trainers saved: tools/reference/saved_fixtures.py.
func trained(t *testing.T) (want struct{ Last, Averaged float64 }) {
	t.Helper()
	if err := json.Unmarshal(read(t, "testdata/trained.json"), &want); err != nil {
		t.Fatal(err)
	}
	return want
}

// outputsOf converts, and returns the two outputs for the photo of the formula and what was said.
func outputsOf(t *testing.T, in, out string, args ...string) (logits []float32, said, warned string) {
	t.Helper()
	status, said, warned := execute(t, append([]string{"convert", in, "--dtype", "f32", "-o", out}, args...)...)
	if status != 0 {
		t.Fatal(warned)
	}
	_, logits = runPack(t, out, 32)
	return logits, said, warned
}

// TestPoint3Lightning: Lightning's checkpoint, with hyper-parameters, callbacks and a loss's
// weights beside the network, converts: one output is a sigmoid, the classes have the names and the
// photos the means that the file says.
func TestPoint3Lightning(t *testing.T) {
	folder := t.TempDir()
	in, out := unzipped(t, folder, "lightning.ckpt"), filepath.Join(folder, "out.pack")
	got, said, warned := outputsOf(t, in, out)
	want := trained(t).Last
	if len(got) != 2 || got[0] != 0 || math.Abs(float64(got[1])-want) > 1e-4*max(1, math.Abs(want)) {
		t.Errorf("outputs %v, want 0 and PyTorch's %v", got, want)
	}
	for _, part := range []string{`under "model."`, `sigmoid is the score of "dog", the rest of 1 that of "cat"`, "said by the file, in its hyper_parameters", "[127.5 63.75 191.25]"} {
		if !strings.Contains(said, part) {
			t.Errorf("%q does not say %q", said, part)
		}
	}
	if strings.Count(warned, "\n") != 1 || !strings.Contains(warned, `warning: assumed: stride 1 in "conv1" and no pooling behind it`) {
		t.Errorf("warned: %s, want that the stem is assumed", warned)
	}
}

// TestPoint4OneOutputIsSigmoid: in the pack, in classify and in what it prints, one output names
// two classes, and their scores are its sigmoid and the rest.
func TestPoint4OneOutputIsSigmoid(t *testing.T) {
	folder := t.TempDir()
	in, out := unzipped(t, folder, "lightning.ckpt"), filepath.Join(folder, "out.pack")
	photo := "../../core/photo/testdata/pictures/444.jpg"
	for _, c := range []struct{ labels, no, yes string }{{"", "cat", "dog"}, {"hotdog\n", "not hotdog", "hotdog"}, {"no\nyes\n", "no", "yes"}} {
		args := []string{}
		if c.labels != "" {
			args = []string{"--labels", write(t, []byte(c.labels), folder, "labels.txt")}
		}
		for _, dtype := range []string{"int8", "f32"} {
			fail(t, 0, append([]string{"convert", in, "-o", out, "--dtype", dtype}, args...), "and no pooling behind it")
			m := opened(t, out, sized(0)).Model
			if strings.Join(m.Labels, "|") != c.no+"|"+c.yes {
				t.Errorf("the pack has the labels %q", m.Labels)
			}
			var got struct {
				Results []struct {
					Label string
					Score float64
				}
			}
			if err := json.Unmarshal([]byte(succeed(t, "classify", "--json", "--model", out, photo)), &got); err != nil {
				t.Fatal(err)
			}
			if len(got.Results) != 2 || math.Abs(got.Results[0].Score+got.Results[1].Score-1) > 1e-6 || got.Results[1].Score <= 0 {
				t.Errorf("classify says %+v", got)
			}
		}
	}
}

// TestPoint3AverageIsSaid: of a training's last weights and their average the average is taken and
// both are named; --weights takes the other.
func TestPoint3AverageIsSaid(t *testing.T) {
	folder := t.TempDir()
	in, out := unzipped(t, folder, "averaged.pth"), filepath.Join(folder, "out.pack")
	want := trained(t)
	got, said, _ := outputsOf(t, in, out)
	if math.Abs(float64(got[1])-want.Averaged) > 1e-4 || !strings.Contains(said, "state_dict_ema are taken") || !strings.Contains(said, "--weights") {
		t.Errorf("%v, want the average's %v; said %q", got, want.Averaged, said)
	}
	if !strings.Contains(said, `score of "yes"`) {
		t.Errorf("without names the two are no and yes: %q", said)
	}
	if got, _, _ = outputsOf(t, in, out, "--weights", "state_dict"); math.Abs(float64(got[1])-want.Last) > 1e-4*max(1, math.Abs(want.Last)) {
		t.Errorf("%v, want the last's %v", got, want.Last)
	}
	fail(t, 1, []string{"convert", in, "-o", out, "--weights", "nothing"}, "averaged.pth", "nothing")
}

// TestPoint4PreprocessingIsSaid: what convert took for photos is always printed with who says so,
// and warned of where nobody does.
func TestPoint4PreprocessingIsSaid(t *testing.T) {
	folder := t.TempDir()
	out := filepath.Join(folder, "out.pack")
	for _, c := range []struct {
		file, says string
		args       []string
		warns      bool
	}{
		{"lightning.ckpt", "said by the file, in its hyper_parameters", nil, false},
		{"vit_cifar10.pt", "said by the file, in its preprocess", nil, false},
		{"resnet18_state.zip.pth", "published weights of ResNet-18", nil, false},
		{"averaged.pth", "the file does not say", nil, true},
		{"averaged.pth", "set by the flags", []string{"--mean", "0.5", "--std", "0.5"}, false},
	} {
		status, said, warned := execute(t, append([]string{"convert", unzipped(t, folder, c.file), "-o", out}, c.args...)...)
		if status != 0 || !strings.Contains(said, "photos: ") || !strings.Contains(said, "levels minus") || !strings.Contains(said, c.says) {
			t.Errorf("%s: %q, want %q (%s)", c.file, said, c.says, warned)
		}
		if strings.Contains(warned, "photos are prepared is assumed") != c.warns {
			t.Errorf("%s: warned %q", c.file, warned)
		}
	}
}

// TestPoint6LabelsInUTF16: labels as Windows' editors save them are read, and what is no text is
// told so.
func TestPoint6LabelsInUTF16(t *testing.T) {
	folder := t.TempDir()
	for name, c := range map[string]struct{ data, want string }{
		"little":          {"\xff\xfec\x00a\x00t\x00\r\x00\n\x00\xe4\x00\r\x00\n\x00", "cat|ä"},
		"big":             {"\xfe\xff\x00c\x00a\x00t\x00\n\x00d", "cat|d"},
		"little, no mark": {"c\x00a\x00t\x00\n\x00d\x00", "cat|d"},
		"UTF-8 mark":      {"\xef\xbb\xbfcat\nd\n", "cat|d"},
		"surrogates":      {"\xff\xfe\x3d\xd8\x31\xdc", "🐱"},
		"cut":             {"\xff\xfec\x00a", "! cut short"},
		"Latin-1":         {"caf\xe9\n", "! neither in UTF-8 nor in UTF-16"},
		"no text":         {"\x00\x00\x01\x02", "! isn't text"},
	} {
		labels, err := convert.ReadLabels(write(t, []byte(c.data), folder, "labels.txt"))
		if want, wrong := strings.CutPrefix(c.want, "! "); wrong {
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "labels.txt") {
				t.Errorf("%s: %q, %v", name, labels, err)
			}
		} else if err != nil || strings.Join(labels, "|") != c.want {
			t.Errorf("%s: %q, %v", name, labels, err)
		}
	}
}

// TestPoint4TorchScript: a network that was scripted or traced is built of the strides, padding,
// dilation and epsilons that its code shows, and refused for the layer that is not its family's, or
// whose code does not show them.
func TestPoint4TorchScript(t *testing.T) {
	var want struct {
		Size    int
		Answers map[string][]float64
	}
	if err := json.Unmarshal(read(t, "testdata/scripts.json"), &want); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	labels := write(t, []byte("a\nb\nc\nd\ne\n"), folder, "labels.txt")
	for _, how := range []string{"script", "trace"} {
		for change, answer := range want.Answers {
			in, out := unzipped(t, folder, how+"_"+change+".pt"), filepath.Join(folder, "out.pack")
			if change == "leaky" {
				fail(t, 1, []string{"convert", in, "-o", out, "--labels", labels}, `its layer "features.6" is a torch.nn.modules.activation.LeakyReLU`)
				continue
			}
			got, _, warned := outputsOf(t, in, out, "--labels", labels)
			if d := differ(got, answer); len(got) != 5 || !(d <= 1e-4) {
				t.Errorf("%s, %s: %v, PyTorch has %v", how, change, got, answer)
			}
			if !strings.Contains(warned, "TorchScript") {
				t.Errorf("%s, %s: nothing is said of what is assumed: %s", how, change, warned)
			}
		}
	}
}
