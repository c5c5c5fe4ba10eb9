package checkpoint

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sound checks what must hold of whatever was read, and reads it.
func sound(t *testing.T, c *Checkpoint, err error) {
	if err != nil {
		if errors.Is(err, ErrFault) {
			t.Fatal(err)
		}
		if !strings.HasPrefix(err.Error(), "x: ") {
			t.Fatalf("the error doesn't name the file: %v", err)
		}
		return
	}
	seen := make(map[string]bool)
	budget := 1 << 20
	for _, x := range c.Tensors {
		if x.Name == "" || seen[x.Name] {
			t.Fatalf("the name %q comes twice or is empty", x.Name)
		}
		seen[x.Name] = true
		n := x.Len()
		if n < 0 {
			t.Fatalf("%q has %d elements", x.Name, n)
		}
		if budget -= n; budget < 0 {
			break
		}
		if v, err := x.Floats(); err == nil && len(v) != n {
			t.Fatalf("%q gives %d elements of %d", x.Name, len(v), n)
		}
	}
}

func addFiles(f *testing.F, pattern string) {
	files, err := filepath.Glob(filepath.Join("testdata", pattern))
	if err != nil || len(files) == 0 {
		f.Fatal("no files like ", pattern, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		if len(data) < 6000 {
			f.Add(data)
		}
	}
}

// FuzzRead reads any bytes, whatever the format.
func FuzzRead(f *testing.F) {
	for _, pattern := range []string{"*.pt", "*.np?", "*.safetensors", "*.pickle", "*.hostile"} {
		addFiles(f, pattern)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := readBytes(data)
		sound(t, c, err)
	})
}

// FuzzLegacy varies the pickles and storages after the magic.
func FuzzLegacy(f *testing.F) {
	f.Add([]byte("\x80\x02M\xe9\x03.}." + tensorPickle(storageID("0", 4), fourFloats) + "]\x8c\x010a.\x04\x00\x00\x00\x00\x00\x00\x001234123412341234"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := readBytes(append([]byte("\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."), data...))
		sound(t, c, err)
	})
}

// FuzzTorchZip varies the object in a sound archive.
func FuzzTorchZip(f *testing.F) {
	f.Add([]byte(tensorPickle(storageID("0", 4), fourFloats)))
	f.Add([]byte("\x80\x02c__main__\nNet\n)\x81}(\x8c\x0b_parameters}\x8c\x01w" + lone + "s\x8c\x08_modules}ub."))
	f.Fuzz(func(t *testing.T, object []byte) {
		c, err := readBytes(torchZip(string(object)))
		sound(t, c, err)
	})
}

// FuzzSafetensors varies the header over sixteen bytes of data.
func FuzzSafetensors(f *testing.F) {
	f.Add(`{"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}`)
	f.Add(`{"a":{"dtype":"BF16","shape":[4],"data_offsets":[8,16]},"b":{"dtype":"I64","shape":[],"data_offsets":[0,8]}}`)
	f.Fuzz(func(t *testing.T, header string) {
		c, err := readBytes(safetensors(header, "0123456789abcdef"))
		sound(t, c, err)
	})
}

// FuzzNPY varies the header over sixteen bytes of data.
func FuzzNPY(f *testing.F) {
	f.Add("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }\n")
	f.Add("{'descr': '>i2', 'fortran_order': True, 'shape': (8,), }\n")
	f.Fuzz(func(t *testing.T, header string) {
		if len(header) > 60000 {
			return
		}
		c, err := readBytes(npy(header, "0123456789abcdef"))
		sound(t, c, err)
	})
}

// FuzzNPZ varies an array in an archive, which may hold a pickle of objects.
func FuzzNPZ(f *testing.F) {
	f.Add(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }\n", "0123456789abcdef"))
	f.Add(npy("{'descr': '|O', 'fortran_order': False, 'shape': (), }\n", "\x80\x02cnumpy.core.multiarray\n_reconstruct\n)R(K\x01(K\x01tcnumpy\ndtype\n(U\x02f4tR\x89C\x04abcdtb."))
	f.Fuzz(func(t *testing.T, array []byte) {
		c, err := readBytes(archived("a.npy", string(array)))
		sound(t, c, err)
	})
}
