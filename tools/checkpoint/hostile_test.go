package checkpoint

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func readBytes(data []byte) (*Checkpoint, error) {
	return Read("x", bytes.NewReader(data), int64(len(data)))
}

// archived makes a zip archive of names and contents.
func archived(parts ...string) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		f, err := w.CreateHeader(&zip.FileHeader{Name: parts[i], Method: zip.Store})
		if err != nil {
			panic(err)
		}
		f.Write([]byte(parts[i+1]))
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// torchZip makes an archive as torch.save does, with one storage of 4 floats called 0.
func torchZip(object string) []byte {
	return archived("archive/data.pkl", object, "archive/byteorder", "little", "archive/data/0", "\x00\x00\x80\x3f\x00\x00\x00\x40\x00\x00\x40\x40\x00\x00\x80\x40", "archive/version", "3\n")
}

// tensorPickle is a state dict of one tensor called w: the storage's persistent id and the other
// arguments are instructions that leave them on the stack.
func tensorPickle(id, arguments string) string {
	return "\x80\x02}\x8c\x01w" + "ctorch._utils\n_rebuild_tensor_v2\n(" + id + arguments + "\x89}tRs."
}

// storageID is the persistent id of a storage of n floats.
func storageID(key string, n int) string {
	return fmt.Sprintf("(\x8c\x07storagectorch\nFloatStorage\n\x8c%c%s\x8c\x03cpuJ%stQ", len(key), key, binary.LittleEndian.AppendUint32(nil, uint32(n)))
}

// legacyFile makes a file of the legacy format.
func legacyFile(object, keys string, storages string) []byte {
	return []byte("\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.\x80\x02}." + object + "\x80\x02" + keys + "." + storages)
}

func npy(header string, data string) []byte {
	b := []byte(npyMagic + "\x01\x00")
	b = binary.LittleEndian.AppendUint16(b, uint16(len(header)))
	return append(append(b, header...), data...)
}

func safetensors(header string, data string) []byte {
	return append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...), data...)
}

const fourFloats = "K\x00(K\x02K\x02t(K\x02K\x01t" // offset, size, stride

func TestHandMade(t *testing.T) {
	for name, data := range map[string][]byte{
		"zip":         torchZip(tensorPickle(storageID("0", 4), fourFloats)),
		"legacy":      legacyFile(tensorPickle(storageID("0", 4), fourFloats), "]\x8c\x010a", "\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x3f\x00\x00\x00\x40\x00\x00\x40\x40\x00\x00\x80\x40"),
		"safetensors": safetensors(`{"w":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}  `, "\x00\x00\x80\x3f\x00\x00\x00\x40\x00\x00\x40\x40\x00\x00\x80\x40"),
		"npy":         npy("{'shape':(2L,2L),'fortran_order':False,\"descr\":\"<f4\"}\n", "\x00\x00\x80\x3f\x00\x00\x00\x40\x00\x00\x40\x40\x00\x00\x80\x40"),
		// A view of elements 1 to 5 of a storage, as before PyTorch 0.4.
		"view": legacyFile(tensorPickle("(\x8c\x07storagectorch\nFloatStorage\n\x8c\x010\x8c\x03cpuK\x05(\x8c\x011K\x01K\x04ttQ", fourFloats), "]\x8c\x010a",
			"\x05\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\x00\x00\x80\x3f\x00\x00\x00\x40\x00\x00\x40\x40\x00\x00\x80\x40"),
		// A state dict of Python 2: an OrderedDict made from a list of pairs of byte strings.
		"python 2": torchZip("\x80\x02ccollections\nOrderedDict\n(]]U\x01wactorch._utils\n_rebuild_tensor\n(" + storageID("0", 4) + fourFloats + "tRaatR."),
	} {
		c, err := readBytes(data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		v, err := c.Tensors[0].Floats()
		if fmt.Sprint(v, err) != "[1 2 3 4] <nil>" {
			t.Errorf("%s: %v, %v", name, v, err)
		}
	}
}

func TestHostile(t *testing.T) {
	for _, c := range slices.Concat(hostileKinds(), hostilePickles(), hostileNesting(), hostileTensors(), hostileLegacy(), hostileSafetensors(), hostileArrays()) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got, err := readBytes(c.data)
		runtime.ReadMemStats(&after)
		if err == nil {
			t.Errorf("%s: read with %d tensors", c.name, len(got.Tensors))
		} else if !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "x: ") {
			t.Errorf("%s: %q doesn't say %q", c.name, err, c.want)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 128<<20 {
			t.Errorf("%s: %d MB allocated for %d bytes", c.name, n>>20, len(c.data))
		}
	}
}

// hostile is a file and a part of what is said of it.
type hostile struct {
	name string
	data []byte
	want string
}

// hostileKinds is other kinds of files.
func hostileKinds() []hostile {
	return []hostile{
		{"empty", nil, "the file is empty"},
		{"text", []byte("hello, I am a file of text"), `it begins with "hello, I am`},
		{"web page", []byte("<!doctype html>"), "a web page"},
		{"Git LFS", []byte("version https://git-lfs.github.com/spec/v1\n"), "git lfs pull"},
		{"gzip", []byte("\x1f\x8b\x08\x00"), "gzip"},
		{"HDF5", []byte("\x89HDF\r\n\x1a\n\x00"), "Keras"},
		{"pack", []byte("\x89HRP\r\n\x1a\n\x00"), "converted already"},
		{"tar", append(make([]byte, 257), "ustar\x00"...), "tar archive"},
		{"TensorFlow Lite", []byte("\x1c\x00\x00\x00TFL3"), "TensorFlow Lite"},
		{"ONNX", []byte("\x08\x07\x12\x07pytorch"), "ONNX"},
	}
}

// hostilePickles is pickles that would run code.
func hostilePickles() []hostile {
	return []hostile{
		{"os.system", []byte("\x80\x02cos\nsystem\n\x8c\x02ls\x85R."), "wants to import os.system, which no checkpoint needs (at byte 2); nothing was run"},
		{"os.system in an archive", torchZip("\x80\x02}\x8c\x01acposix\nsystem\n\x8c\x02ls\x85Rs."), "posix.system"},
		{"os.system in a legacy file", legacyFile("\x80\x02cnt\nsystem\n\x8c\x02ls\x85R.", "]", ""), "nt.system"},
		{"eval", []byte("c__builtin__\neval\n(U\x011tR."), "__builtin__.eval"},
		{"eval by name", torchZip("\x80\x04\x8c\x08builtins\x8c\x04eval\x93\x8c\x011\x85R."), "builtins.eval"},
		{"exec in an object array", npy("{'descr': '|O', 'fortran_order': False, 'shape': (), }", "\x80\x02cbuiltins\nexec\n\x8c\x011\x85R."), "builtins.exec"},
		{"Popen", torchZip("\x80\x02csubprocess\nPopen\n)\x81."), "subprocess.Popen"},
		{"a stranger's function", torchZip("\x80\x02chis.own\nrun\n)R."), "wants to call his.own.run"},
		{"hidden in timm", torchZip("\x80\x02ctimm.os\nSystem\n)R."), "timm.os.System"},
		{"runpy by instance", []byte("(S'x'\nirunpy\n_run_code\n."), "runpy._run_code"},
		{"partial of os.system", torchZip("\x80\x02cfunctools\npartial\ncos\nsystem\n\x85R."), "os.system"},
	}
}

// hostileNesting is what is nested without end.
func hostileNesting() []hostile {
	module := func(inner string) string {
		return "c__main__\nNet\n)\x81}(\x8c\x0b_parameters}\x8c\x08_buffers}\x8c\x08_modules}" + inner + "ub"
	}
	deep := strings.Repeat("}\x8c\x01a", 5000) + "}" + strings.Repeat("s", 5000)
	// 40 levels of a dict that holds the next one twice: 2^40 paths to one tensor.
	laughs := func(inner string) string {
		s := inner + "q\x000"
		for range 40 {
			s += "}(\x8c\x01ah\x00\x8c\x01bh\x00uq\x000"
		}
		return s + "h\x00"
	}
	return []hostile{
		{"no tensors", []byte("\x80\x02}."), "it holds no tensors"},
		{"cut pickle", []byte("\x80\x02}q\x00("), "cut short"},
		{"deep", torchZip("\x80\x02" + deep + "."), "nested or shared"},
		{"endless sharing", torchZip("\x80\x02" + laughs("}") + "."), "nested or shared"},
		{"endless sharing of lists", []byte("\x80\x02]q\x000" + strings.Repeat("](h\x00h\x00h\x00h\x00eq\x000", 40) + "h\x00."), "nested or shared"},
		{"endless sharing of tuples", []byte("\x80\x02)q\x000" + strings.Repeat("h\x00h\x00\x86q\x000", 40) + "h\x00."), "nested or shared"},
		{"long names", []byte("\x80\x02]q\x000" + strings.Repeat("}(\x8d\x96\x00\x00\x00\x00\x00\x00\x00"+strings.Repeat("a", 150)+"h\x00\x8c\x01bh\x00uq\x000", 20) + "h\x00."), "nested or shared"},
		{"long name", []byte("\x80\x02]q\x000" + strings.Repeat("}\x8d\xe8\x03\x00\x00\x00\x00\x00\x00"+strings.Repeat("a", 1000)+"h\x00sq\x000", 20) + "h\x00."), "longer than 4096"},
		{"cycle", []byte("\x80\x02}q\x00\x8c\x01ah\x00s."), "nested or shared"},
		{"cycle under a wrapper", []byte("\x80\x02}q\x00\x8c\x05modelh\x00s."), "nested or shared"},
		{"module in itself", torchZip("\x80\x02" + "c__main__\nNet\n)\x81q\x00}(\x8c\x0b_parameters}\x8c\x08_modules}\x8c\x01ah\x00sub."), "nested or shared"},
		{"module of an int", torchZip("\x80\x02c__main__\nNet\n)\x81}(\x8c\x0b_parametersK\x01\x8c\x08_modules}ub."), "its _parameters are a int64"},
		{"module without tensors", torchZip("\x80\x02" + module("") + "."), "no tensors"},
	}
}

// hostileTensors is tensors that their storages cannot hold.
func hostileTensors() []hostile {
	w := func(arguments string) []byte { return torchZip(tensorPickle(storageID("0", 4), arguments)) }
	huge := "\x8a\x06\xff\xff\xff\xff\xff\x00" // 2^40 - 1
	return []hostile{
		{"dims", w("K\x00(K\x03K\x02t(K\x02K\x01t"), `tensor "w": dims [3 2] with strides [2 1] from element 0 on need 6 elements, and the storage has 4`},
		{"offset", w("K\x01(K\x02K\x02t(K\x02K\x01t"), "from element 1 on need 5"},
		{"negative offset", w("J\xff\xff\xff\xff(K\x02t(K\x01t"), "begins at element -1"},
		{"negative dim", w("K\x00(J\xff\xff\xff\xfft(K\x01t"), "none may be negative"},
		{"negative stride", w("K\x03(K\x04t(J\xff\xff\xff\xfft"), "none may be negative"},
		{"huge dim", w("K\x00(" + huge + "t(K\x01t"), "and the storage has 4"},
		{"huge dims", w("K\x00(" + huge + huge + "t(K\x00K\x00t"), "more elements than any file"},
		{"repetition", w("K\x00(" + huge + "t(K\x00t"), "repeat the storage's 4 elements"},
		{"huge stride", w("K\x00(K\x02t(" + huge + "t"), "need 1099511627776 elements"},
		{"huge offset", w(huge + "(K\x02t(K\x01t"), "and the storage has 4"},
		{"offset of 64 bits", w("\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f(K\x02t(K\x01t"), "begins at element 9223372036854775807"},
		{"stride of 64 bits", w("K\x00(K\x02K\x02t(\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7fK\x01t"), "reach past"},
		{"empty and huge", w("K\x00(K\x00" + huge + huge + "\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7ft(K\x01K\x01K\x01K\x01t"), "dims [0"},
		{"strides missing", w("K\x00(K\x02K\x02t(K\x01t"), "1 strides for 2 axes"},
		{"many axes", w("K\x00(" + strings.Repeat("K\x01", 33) + "t)"), "33 axes"},
		{"float dims", w("K\x00(G\x00\x00\x00\x00\x00\x00\x00\x00t(K\x01t"), "an item is a float64"},
		{"no storage", torchZip(tensorPickle("N", fourFloats)), "its storage is a <nil>"},
		{"few arguments", torchZip("\x80\x02}\x8c\x01wctorch._utils\n_rebuild_tensor_v2\n)Rs."), "with 0 arguments"},
		{"storage missing", torchZip(tensorPickle(storageID("1", 4), fourFloats)), `storage "1" isn't in the archive`},
		{"storage short", torchZip(tensorPickle(storageID("0", 5), fourFloats)), `storage "0" has 16 bytes, and 5 elements`},
		{"storage outside", torchZip(tensorPickle(storageID("../version", 0), fourFloats)), "isn't in the archive"},
		{"storage negative", torchZip(tensorPickle(storageID("0", -1), fourFloats)), "-1 elements"},
		{"storage type", torchZip(strings.ReplaceAll(tensorPickle(storageID("0", 4), fourFloats), "FloatStorage", "OtherStorage")), "torch.OtherStorage, which isn't known"},
		{"reference to what", torchZip("\x80\x02K\x01Q."), "something other than a storage"},
		{"two of a name", torchZip("\x80\x02}(\x8c\x03a.b" + lone + "\x8c\x01a}\x8c\x01b" + lone + "su."), `two tensors are named "a.b"`},
		{"byte order", archived("a/data.pkl", "N.", "a/byteorder", "middle"), `byte order is "middle"`},
		{"two objects", archived("a/data.pkl", "N.", "b/data.pkl", "N."), "two checkpoints"},
		{"a name twice", archived("a/data.pkl", "N.", "a/data.pkl", "N."), "twice"},
		{"another zip", archived("word/document.xml", "x"), "neither PyTorch's"},
		{"cut zip", torchZip(tensorPickle(storageID("0", 4), fourFloats))[:300], "may be cut short"},
	}
}

// hostileLegacy is files of PyTorch before 1.6.
func hostileLegacy() []hostile {
	long := func(n uint64) string { return string(binary.LittleEndian.AppendUint64(nil, n)) }
	return []hostile{
		{"legacy cut in the pickle", legacyFile("\x80\x02X\xff\xff\x00\x00", "", ""), "is cut short"},
		{"legacy without keys", legacyFile("\x80\x02N.", "N", ""), "list of its storages is missing"},
		{"legacy key", legacyFile("\x80\x02N.", "]Na", ""), "key of a storage is a <nil>"},
		{"legacy stray storage", legacyFile("\x80\x02N.", "]\x8c\x010a", long(0)), "no tensor uses it"},
		{"legacy lost storage", legacyFile(tensorPickle(storageID("0", 4), fourFloats), "]", ""), `storage "0" isn't in the file`},
		{"legacy cut before a storage", legacyFile(tensorPickle(storageID("0", 4), fourFloats), "]\x8c\x010a", "\x04\x00"), `before storage "0"`},
		{"legacy cut in a storage", legacyFile(tensorPickle(storageID("0", 4), fourFloats), "]\x8c\x010a", long(4)+"abc"), "bytes (storage \"0\"); download it again"},
		{"legacy count", legacyFile(tensorPickle(storageID("0", 4), fourFloats), "]\x8c\x010a", long(1<<62)), "4611686018427387904 elements where the tensors expect 4"},
		{"legacy huge", legacyFile(tensorPickle(storageID("0", 1<<30), fourFloats), "]\x8c\x010a", long(1<<30)), "is cut short"},
		{"legacy protocol", []byte("\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.K\x01."), "its protocol is 1, not 1001"},
		{"legacy protocol 0", []byte("L119547037146038801333356L\n.I1001\n.(dp0\n.Pstorage\n.lp0\n."), "something other than a storage"},
	}
}

// hostileSafetensors is safetensors.
func hostileSafetensors() []hostile {
	return []hostile{
		{"safetensors huge header", []byte("\xff\xff\xff\xff\x00\x00\x00\x00{"), "its header claims 4294967295 bytes"},
		{"safetensors cut header", []byte("\xff\x00\x00\x00\x00\x00\x00\x00{"), "its header alone takes 263"},
		{"safetensors JSON", safetensors(`{"a":`, "xxxx"), "its header: "},
		{"safetensors array", safetensors(`{"a":[]}`, ""), "where a JSON object is expected"},
		{"safetensors more", safetensors(`{} {}`, ""), "more follows"},
		{"safetensors twice", safetensors(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, "x"), "comes twice"},
		{"safetensors field twice", safetensors(`{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, "x"), "comes twice"},
		{"safetensors field missing", safetensors(`{"a":{"dtype":"U8","data_offsets":[0,1]}}`, "x"), "must all be there"},
		{"safetensors field", safetensors(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1}}`, "x"), `"x" isn't expected`},
		{"safetensors type", safetensors(`{"a":{"dtype":"F4","shape":[1],"data_offsets":[0,1]}}`, "x"), `its type "F4"`},
		{"safetensors bytes", safetensors(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,3]}}`, "xxx"), "3 bytes where [1] of float32 take 4"},
		{"safetensors overflow", safetensors(`{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}`, ""), "take 9223372036854775807"},
		{"safetensors negative", safetensors(`{"a":{"dtype":"U8","shape":[-1],"data_offsets":[1,0]}}`, "x"), "bytes 1 to 0"},
		{"safetensors past the end", safetensors(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}`, "x"), "cut short"},
		{"safetensors hole", safetensors(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, "xx"), "nor leave holes"},
		{"safetensors overlap", safetensors(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}`, "xxx"), "neither overlap"},
		{"safetensors rest", safetensors(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, "xx"), "1 bytes belong to no tensor"},
		{"safetensors metadata", safetensors(`{"__metadata__":{"a":1}}`, ""), "__metadata__"},
	}
}

// hostileArrays is numpy's arrays.
func hostileArrays() []hostile {
	return []hostile{
		{"npy header", []byte(npyMagic + "\x01\x00\xff\xff{"), "header is cut short"},
		{"npy huge header", []byte(npyMagic + "\x02\x00\xff\xff\xff\xff{"), "header of 4294967295 bytes"},
		{"npy version", []byte(npyMagic + "\x04\x00\xff\xff\xff\xff{"), "version 4"},
		{"npy dict", npy("[]", ""), `"{" is expected`},
		{"npy key", npy("{'descr': '<f4', 'x': 1}", ""), `"x" isn't expected`},
		{"npy twice", npy("{'descr': '<f4', 'descr': '<f4'}", ""), "there twice"},
		{"npy missing", npy("{'descr': '<f4'}", ""), "must all be there"},
		{"npy more", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x", "abcd"), "more follows"},
		{"npy order", npy("{'descr': '<f4', 'fortran_order': 1, 'shape': (1,)}", "abcd"), `"False" is expected`},
		{"npy shape", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", "abcd"), "a length is expected"},
		{"npy axes", npy("{'descr': '<f4', 'fortran_order': False, 'shape': ("+strings.Repeat("1,", 33)+")}", "abcd"), "more than 32 axes"},
		{"npy type", npy("{'descr': '<U4', 'fortran_order': False, 'shape': (1,)}", "abcd"), `numpy's "<U4"`},
		{"npy cut", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", "abcd"), "takes 8 bytes, and 4 are there"},
		{"npy huge", npy("{'descr': '<f4', 'fortran_order': True, 'shape': (4294967296, 4294967296)}", "abcd"), "takes 9223372036854775807 bytes"},
		{"npy huge and empty", npy("{'descr': '<f4', 'fortran_order': True, 'shape': (9223372036854775807, 0)}", ""), "dims [9223372036854775807 0]"},
		{"npz of nothing", archived("a.npy", "x"), "a.npy: a numpy array's header is cut short"},
		{"array without a state", []byte("\x80\x02cnumpy.core.multiarray\n_reconstruct\n)R."), "without its state"},
		{"array of what", []byte("\x80\x02cnumpy.core.multiarray\n_reconstruct\n)R(K\x01)N\x89C\x00tb."), "not a numpy.dtype"},
		{"array cut", []byte("\x80\x02cnumpy.core.multiarray\n_reconstruct\n)R(K\x01(K\x05tcnumpy\ndtype\n(U\x02f4tR\x89C\x04abcdtb."), "and the storage has 1"},
		{"array of text cut", []byte("\x80\x02cnumpy.core.multiarray\n_reconstruct\n)R(K\x01(J\xff\xff\xff\x7ftcnumpy\ndtype\n(U\x02f4tR\x89c_codecs\nencode\n(X\x01\x20\x00\x00" + strings.Repeat("a", 8193) + "U\x06latin1tRtb."), "and it has at most 8193"},
	}
}

// lone is a tensor of 4 floats, in instructions.
var lone = "ctorch._utils\n_rebuild_tensor_v2\n(" + storageID("0", 4) + fourFloats + "\x89}tR"

// An archive's checksum is compared when a storage is read.
func TestDamage(t *testing.T) {
	data := torchZip(tensorPickle(storageID("0", 4), fourFloats))
	at := bytes.Index(data, []byte("\x00\x00\x80\x3f"))
	data[at] ^= 1
	c, err := readBytes(data)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := c.Tensors[0].Floats(); err == nil || !strings.Contains(err.Error(), `x: tensor "w": its bytes are damaged`) {
		t.Errorf("%v, %v", v, err)
	}
}

// A member that claims to unpack into far more than it is.
func TestZipBomb(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, content := range map[string]string{"a/data.pkl": tensorPickle(storageID("0", 1<<29), "K\x00(J\x00\x00\x00\x20t(K\x01t"), "a/data/0": "abcd"} {
		h := &zip.FileHeader{Name: name, Method: zip.Store, CompressedSize64: uint64(len(content)), UncompressedSize64: uint64(len(content)), CRC32: crc32.ChecksumIEEE([]byte(content))}
		if name == "a/data/0" {
			h.Method, h.UncompressedSize64 = zip.Deflate, 1<<31
		}
		f, err := w.CreateRaw(h)
		if err != nil {
			t.Fatal(err)
		}
		f.Write([]byte(content))
	}
	w.Close()
	if _, err := readBytes(b.Bytes()); err == nil || !strings.Contains(err.Error(), `"a/data/0" claims to be 2147483648 bytes made from 4`) {
		t.Error(err)
	}
	var many bytes.Buffer
	w = zip.NewWriter(&many)
	for i := range 1000 {
		w.CreateHeader(&zip.FileHeader{Name: fmt.Sprint(strings.Repeat("x", 60000), i)})
	}
	w.Close()
	if _, err := readBytes(many.Bytes()); err == nil || !strings.Contains(err.Error(), "table of contents is larger") {
		t.Error(err)
	}
}

// However a file is cut, there is an error or whole tensors, and never a panic.
func TestEveryCut(t *testing.T) {
	for _, file := range []string{"dtypes.zip.pt", "deflated.zip.pt", "dtypes.legacy.pt", "module.legacy.pt", "arrays.npz", "arrays.safetensors", "torch.safetensors", "array.npy", "object.npy", "nested_p0.pickle", "nested_p2.pickle", "nested_p5.pickle"} {
		data, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		for n := range data {
			if c, err := readBytes(data[:n]); err == nil {
				for _, x := range c.Tensors {
					if v, err := x.Floats(); err == nil && len(v) != x.Len() {
						t.Errorf("%s cut to %d bytes: %s has %d elements of %d", file, n, x.Name, len(v), x.Len())
					}
				}
				if strings.HasSuffix(file, ".safetensors") || strings.HasSuffix(file, ".legacy.pt") || strings.HasSuffix(file, ".npy") {
					t.Errorf("%s may be cut to %d of %d bytes unnoticed", file, n, len(data))
				}
			}
		}
	}
}
