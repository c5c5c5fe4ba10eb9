package checkpoint

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"unicode/utf8"

	"homeroom/tools/checkpoint/pickle"
)

// Files that are no checkpoint, each by its own name and with what to do.

// headSize is how many of a file's first bytes tell its kind.
const headSize = 4 << 10

const (
	exportFirst = "export the network to ONNX (torch.onnx.export), or save its weights alone (torch.save(model.state_dict(), \"weights.pth\")), and convert that"
	kerasSays   = "; convert it to ONNX with tf2onnx (python -m tf2onnx.convert), and convert that"
	fastaiSays  = "it is a whole Learner that fastai exported (learn.export), which only fastai can open; in Python, learn = load_learner(\"FILE\"), torch.save(learn.model.state_dict(), \"weights.pth\"), and convert that; learn.dls.vocab are its classes, for the list of labels"
	pictureSays = "it is a picture, not a checkpoint; classify names what pictures show"
)

// magics are kinds of files by what stands at an offset.
var magics = []struct {
	at    int
	magic string
	says  string
}{
	{0, "\x89HRP\r\n", "it is a pack, converted already"},
	{0, "\x89HDF\r\n\x1a\n", "it is HDF5, in which Keras saves networks (.h5)" + kerasSays + ", or save the weights as safetensors or .npz under PyTorch's names"},
	{0, "\x1f\x8b", "it is compressed by gzip; unpack it first"},
	{0, "BZh", "it is compressed by bzip2; unpack it first"},
	{0, "\xfd7zXZ", "it is compressed by xz; unpack it first"},
	{0, "\x28\xb5\x2f\xfd", "it is compressed by Zstandard; unpack it first"},
	{0, "7z\xbc\xaf\x27\x1c", "it is a 7z archive; unpack it first"},
	{0, "Rar!\x1a\x07", "it is a RAR archive; unpack it first"},
	{0, "GGUF", "it is GGUF, the format of llama.cpp for language models, which no network that is known here is kept in; convert the PyTorch original"},
	{0, "ggml", "it is GGML, an old format of llama.cpp; convert the PyTorch original"},
	{0, "lmgg", "it is GGML, an old format of llama.cpp; convert the PyTorch original"},
	{0, "version https://git-lfs", "it is a Git LFS pointer, not the file itself: run git lfs pull"},
	{4, "TFL3", "it is TensorFlow Lite (.tflite), which is made for running, not for converting; convert the PyTorch or ONNX original, or make ONNX of it with tf2onnx (python -m tf2onnx.convert --tflite)"},
	{4, "ET12", "it is ExecuTorch (.pte), compiled for a device; " + exportFirst},
	{0, "\x12\x01\x00\x00\x00\x00\x00\x00", "it is MXNet's (.params); export the network to ONNX, and convert that"},
	{0, "7767517", "it is ncnn's (.param); convert the original that it was made from"},
	{0, "model_checkpoint_path:", "it is TensorFlow's note of where its checkpoints lie, not one itself" + kerasSays},
	{0, "\x89PNG\r\n", pictureSays},
	{0, "\xff\xd8\xff", pictureSays},
	{0, "GIF8", pictureSays},
	{0, "II*\x00", pictureSays},
	{0, "MM\x00*", pictureSays},
	{0, "%PDF", "it is a PDF, not a checkpoint"},
	{257, "ustar", "it is a tar archive, unpack it first; or, as PyTorch before 0.1.10 saved: load it in a later PyTorch and save it again"},
}

// tableMagic ends the index of a TensorFlow checkpoint, which is a table of LevelDB's.
const tableMagic = "\x57\xfb\x80\x8b\x24\x75\x47\xdb"

// otherKind tells what a file is that is no checkpoint, by its first bytes, or "".
func otherKind(name string, head []byte, r io.ReaderAt, size int64) string {
	for _, m := range magics {
		if len(head) > m.at && bytes.HasPrefix(head[m.at:], []byte(m.magic)) {
			return m.says
		}
	}
	ext := strings.ToLower(path.Ext(name))
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	switch {
	case isText(head) && (ext == ".txt" || ext == ".csv" || ext == ".md" || ext == ".py" || ext == ".yaml" || ext == ".yml"):
		return fmt.Sprintf("it is text, not a checkpoint: it begins with %q", clip(firstLine(head)))
	case bytes.HasPrefix(text, []byte("<")) && bytes.Contains(head, []byte("<net ")):
		return "it is OpenVINO's description of a network (.xml); convert the original that it was made from"
	case bytes.HasPrefix(text, []byte("<")):
		return "it is a web page or XML, not a checkpoint: where it was downloaded, a page came in place of the file"
	case bytes.HasPrefix(text, []byte("{")) && isText(head):
		switch {
		case bytes.Contains(head, []byte("weight_map")):
			return "it is the index of a checkpoint in several files (.index.json); load it in Python and save the weights in one, as safetensors"
		case bytes.Contains(head, []byte("weightsManifest")):
			return "it is TensorFlow.js's (model.json); convert the original that it was made from"
		}
		return "it is JSON, which describes a network at most; its weights are in another file"
	case ext == ".mlmodel":
		return "it is Core ML's (.mlmodel); convert the original that it was made from"
	case len(head) > 2 && head[0] == 0x08 && head[1] == 0x01 && head[2] == 0x12 && bytes.Contains(head, []byte("\x12")) && (ext == ".pb" || bytes.Contains(head, []byte("ensorflow")) || bytes.Contains(head, []byte("saver"))):
		return "it is a SavedModel of TensorFlow (saved_model.pb)" + kerasSays
	case len(head) > 2 && head[0] == 0x08 && head[1] < 0x20 && head[2]&7 <= 2:
		return "it looks like an ONNX model; give it a name that ends in .onnx"
	case head[0] == '\n' && (ext == ".pb" || bytes.Contains(head, []byte("Placeholder"))):
		return "it is a graph of TensorFlow (.pb)" + kerasSays
	case head[0] == '\n' && ext == ".caffemodel":
		return "it is Caffe's (.caffemodel); convert the network to ONNX, and convert that"
	}
	if size >= 8 {
		var tail [8]byte
		if _, err := r.ReadAt(tail[:], size-8); (err == nil || err == io.EOF) && string(tail[:]) == tableMagic {
			return "it is the index of a TensorFlow checkpoint (.index)" + kerasSays
		}
	}
	return ""
}

// weightExtensions end the names of files with weights.
var weightExtensions = []string{".pt", ".pth", ".ckpt", ".bin", ".safetensors", ".onnx", ".npz", ".h5", ".keras", ".tflite", ".pb", ".pkl"}

// otherArchive tells what a ZIP archive is that has no weights to be read here, by the names in it,
// or "".
func otherArchive(a *archive) string {
	has := func(name string) bool {
		for _, f := range a.files {
			if f.Name == name || strings.HasSuffix(f.Name, "/"+name) {
				return true
			}
		}
		return false
	}
	switch {
	case has("serialized_exported_program.json"), has("archive_format"), has("models/model.json"):
		return "it is a program that torch.export saved (.pt2): what it computes is kept as a list of operators, which isn't read here; " + exportFirst
	case has("MAR-INF/MANIFEST.json"):
		return "it is an archive for TorchServe (.mar): unpack it (it is a ZIP), and give the .pt, .pth or .onnx file in it"
	case has("model.weights.h5"):
		return "it is Keras's (.keras)" + kerasSays
	case has(".data/extern_modules"):
		return "it is a package of torch.package, code and all; " + exportFirst
	case has("bytecode.pkl"):
		return "it is TorchScript for phones (.ptl); " + exportFirst
	case has("[Content_Types].xml"):
		return "it is a document of an office program, not a checkpoint"
	case has("AndroidManifest.xml"):
		return "it is an Android app, not a checkpoint"
	}
	return ""
}

// isFastai tells names of fastai's libraries.
func isFastai(g pickle.Global) bool {
	root, _, _ := strings.Cut(g.Module, ".")
	return root == "fastai" || root == "fastcore" || root == "fasttransform"
}

// explained puts a better word in place of the refusal of a name where that tells what the file is.
func explained(err error) error {
	unsafe := (*pickle.UnsafeError)(nil)
	if !errors.As(err, &unsafe) {
		return err
	}
	root, _, _ := strings.Cut(unsafe.Global.Module, ".")
	switch {
	case isFastai(unsafe.Global):
		return errors.New(fastaiSays)
	case root == "sklearn" || root == "joblib":
		return errors.New("it is a model of scikit-learn, which isn't a network; nothing was run")
	case root == "keras" || root == "tensorflow":
		return errors.New("it is a pickle of Keras's, code and all" + kerasSays)
	}
	return err
}

// isText tells whether the beginning of a file is text.
func isText(head []byte) bool {
	if len(head) == headSize { // a character may be cut
		for range utf8.UTFMax {
			if r, n := utf8.DecodeLastRune(head); r == utf8.RuneError && n == 1 {
				head = head[:len(head)-1]
			}
		}
	}
	if !utf8.Valid(head) {
		return false
	}
	return bytes.IndexFunc(head, func(r rune) bool { return r < ' ' && r != '\t' && r != '\n' && r != '\r' }) < 0
}

func firstLine(head []byte) string {
	line, _, _ := bytes.Cut(head, []byte("\n"))
	return strings.TrimSpace(string(line[:min(len(line), 60)]))
}
