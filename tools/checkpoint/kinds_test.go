package checkpoint

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
)

// TestPoint6TrueNames: what is no checkpoint is called what it is, with what to do.
func TestPoint6TrueNames(t *testing.T) {
	fastai := torchZip("\x80\x02cfastai.learner\nLearner\n)\x81}\x8c\x05modelNsb.")
	calls := torchZip("\x80\x02cfastai.data.core\nDataLoaders\n\x8c\x01x\x85R.")
	for _, c := range []struct {
		name string
		data []byte
		says []string
	}{
		{"m.pt2", archived("a/archive_format", "pt2", "a/models/model.json", "{}"), []string{"torch.export", ".pt2", "ONNX"}},
		{"m.pt2", archived("serialized_exported_program.json", "{}"), []string{"torch.export"}},
		{"m.mar", archived("MAR-INF/MANIFEST.json", "{}", "model.pth", "x"), []string{"TorchServe", ".mar", "unpack"}},
		{"m.keras", archived("config.json", "{}", "model.weights.h5", "x"), []string{"Keras", "tf2onnx"}},
		{"m.zip", archived("folder/model.pth", "x"), []string{"ZIP archive", `"folder/model.pth"`, "unpack it"}},
		{"m.zip", archived("photos/a.jpg", "x"), []string{"ZIP archive", "photos/a.jpg"}},
		{"m.ptl", archived("a/bytecode.pkl", "x", "a/data.pkl", "x"), []string{"phones"}},
		{"export.pkl", fastai, []string{"fastai", "learn.model.state_dict()"}},
		{"export.pkl", calls, []string{"fastai", "learn.model.state_dict()"}},
		{"m.h5", []byte("\x89HDF\r\n\x1a\n\x00"), []string{"HDF5", "Keras", "tf2onnx"}},
		{"m.tflite", []byte("\x1c\x00\x00\x00TFL3\x14\x00"), []string{"TensorFlow Lite", "--tflite"}},
		{"saved_model.pb", []byte("\x08\x01\x12\xff\x01\x0a\x05serve"), []string{"SavedModel", "tf2onnx"}},
		{"frozen.pb", []byte("\x0a\x20\x0a\x05input\x12\x0bPlaceholder"), []string{"graph of TensorFlow"}},
		{"m.index", append(bytes.Repeat([]byte{0, 1}, 40), tableMagic...), []string{"index of a TensorFlow checkpoint"}},
		{"m.gguf", []byte("GGUF\x03\x00\x00\x00"), []string{"GGUF", "language models"}},
		{"m.mlmodel", []byte("\x08\x04\x12\x10"), []string{"Core ML"}},
		{"m.params", []byte("\x12\x01\x00\x00\x00\x00\x00\x00\x00"), []string{"MXNet"}},
		{"m.safetensors.index.json", []byte(`{"metadata": {}, "weight_map": {}}`), []string{"several files"}},
		{"model.json", []byte(`{"format": "layers-model", "weightsManifest": []}`), []string{"TensorFlow.js"}},
		{"config.json", []byte(`{"architectures": ["ResNet"]}`), []string{"JSON"}},
		{"m.xml", []byte("<?xml version=\"1.0\"?>\n<net name=\"x\" version=\"11\">"), []string{"OpenVINO"}},
		{"m.pth", []byte("<!doctype html><title>Sign in</title>"), []string{"web page"}},
		{"m.pth", []byte("\xff\xd8\xff\xe0"), []string{"picture", "classify"}},
		{"IMG.CR2", []byte("II*\x00\x10\x00\x00\x00CR\x02\x00"), []string{"picture"}},
		{"labels.txt", []byte("cat\ndog\n"), []string{"text", `"cat"`}},
		{"m.7z", []byte("7z\xbc\xaf\x27\x1c\x00"), []string{"7z"}},
	} {
		_, err := Read(c.name, bytes.NewReader(c.data), int64(len(c.data)))
		if err == nil || !strings.HasPrefix(err.Error(), c.name+": ") {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for _, says := range c.says {
			if !strings.Contains(err.Error(), says) {
				t.Errorf("%v\ndoes not say %q", err, says)
			}
		}
	}
}

// TestPoint7DoubleStorage: a pickle whose tensors' storages are in no file, which was read by a nil
// pointer. It is the 118 bytes that a fuzzer found.
func TestPoint7DoubleStorage(t *testing.T) {
	c, err := Open("testdata/double_storage.hostile")
	if c != nil || err == nil || errors.Is(err, ErrFault) || !strings.HasPrefix(err.Error(), "double_storage.hostile: ") || !strings.Contains(err.Error(), "not in this file") {
		t.Errorf("%v, %v", c, err)
	}
}

// TestPoint7PanicIsRefusal: whatever a reader fails on is refused under the file's name.
func TestPoint7PanicIsRefusal(t *testing.T) {
	_, err := Read("x", panics{}, 1000)
	if !errors.Is(err, ErrFault) || !strings.HasPrefix(err.Error(), "x: ") || !strings.Contains(err.Error(), "a fault in reading") {
		t.Errorf("%v", err)
	}
}

type panics struct{}

func (panics) ReadAt([]byte, int64) (int, error) { panic("a fault in reading") }

// TestPoint9DataPickle: the object out of an archive of torch.save's says that its elements are
// elsewhere.
func TestPoint9DataPickle(t *testing.T) {
	object := []byte(tensorPickle(storageID("0", 4), fourFloats))
	_, err := Read("data.pkl", bytes.NewReader(object), int64(len(object)))
	if err == nil || !strings.Contains(err.Error(), "data.pkl: ") || !strings.Contains(err.Error(), "elements are not in this file") {
		t.Error(err)
	}
}

// TestPoint3Average: of weights and their average over the training the average is taken, both are
// told, and either can be asked for.
func TestPoint3Average(t *testing.T) {
	tensor := func(offset string) string {
		return "}\x8c\x01wctorch._utils\n_rebuild_tensor_v2\n(" + storageID("0", 4) + "K" + offset + "(K\x02t(K\x01t\x89}tRs"
	}
	data := torchZip("\x80\x02}(\x8c\x05epochK\x07\x8c\x0astate_dict" + tensor("\x00") + "\x8c\x0estate_dict_ema" + tensor("\x02") + "u.")
	path := t.TempDir() + "/x"
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		ask, takes, other string
		first             float32
	}{{"", "state_dict_ema", "state_dict", 3}, {"state_dict", "state_dict", "", 1}, {"state_dict_ema", "state_dict_ema", "", 3}} {
		ck, err := OpenWith(path, Options{Weights: c.ask})
		if err != nil {
			t.Fatal(err)
		}
		defer ck.Close()
		v, err := ck.Tensor("w").Floats()
		if err != nil || v[0] != c.first || ck.Weights != c.takes || strings.Join(ck.Others, ",") != c.other || ck.Meta["epoch"] != int64(7) {
			t.Errorf("asked for %q: %v (%v) of %q, beside it %q, %v", c.ask, v, err, ck.Weights, ck.Others, ck.Meta)
		}
	}
	if _, err := OpenWith(path, Options{Weights: "nothing"}); err == nil || !strings.Contains(err.Error(), `no weights under "nothing"`) {
		t.Error(err)
	}
}
