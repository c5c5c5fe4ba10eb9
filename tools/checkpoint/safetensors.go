package checkpoint

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// maxSafetensorsHeader bounds the header: about 150 bytes a tensor are usual.
const maxSafetensorsHeader = 32 << 20

var safetensorsTypes = map[string]DType{
	"F64": Float64, "F32": Float32, "F16": Float16, "BF16": BFloat16,
	"I64": Int64, "I32": Int32, "I16": Int16, "I8": Int8,
	"U64": UInt64, "U32": UInt32, "U16": UInt16, "U8": UInt8, "BOOL": Bool,
	"F8_E4M3": Float8E4M3FN, "F8_E5M2": Float8E5M2, "F8_E4M3FNUZ": Float8E4M3FNUZ, "F8_E5M2FNUZ": Float8E5M2FNUZ,
	"C64": Complex64,
}

// looksLikeSafetensors tells whether a length and a JSON object begin the file.
func looksLikeSafetensors(head []byte, size int64) bool {
	if len(head) < 9 || head[8] != '{' {
		return false
	}
	n := binary.LittleEndian.Uint64(head)
	return n >= 2 && n < 1<<32
}

// readSafetensors reads a length, a JSON header and the tensors' bytes. As the format demands, the
// tensors must cover the bytes without holes or overlaps, and no name may come twice.
func readSafetensors(f *finder, r io.ReaderAt, size int64) error {
	f.out.Format = "safetensors"
	var length [8]byte
	if _, err := r.ReadAt(length[:], 0); err != nil {
		return err
	}
	n := int64(binary.LittleEndian.Uint64(length[:]))
	if n < 2 || n > maxSafetensorsHeader {
		return fmt.Errorf("its header claims %d bytes; at most %d are expected", n, maxSafetensorsHeader)
	}
	if n > size-8 {
		return fmt.Errorf("it is cut short: %d bytes, and its header alone takes %d; download it again", size, n+8)
	}
	text := make([]byte, n)
	if _, err := r.ReadAt(text, 8); err != nil && err != io.EOF {
		return err
	}
	data := size - 8 - n
	type run struct {
		begin, end int64
		name       string
	}
	var runs []run
	dec := json.NewDecoder(bytes.NewReader(text))
	err := object(dec, func(name string) error {
		if name == "__metadata__" {
			return object(dec, func(key string) error {
				var v string
				if err := dec.Decode(&v); err != nil {
					return fmt.Errorf("__metadata__ %q: %w", clip(key), err)
				}
				f.out.Meta[key] = v
				return nil
			})
		}
		if name == "" {
			return errors.New("a tensor without a name")
		}
		t, begin, end, err := safetensor(dec)
		if err != nil {
			return fmt.Errorf("tensor %q: %w", clip(name), err)
		}
		if begin < 0 || end < begin {
			return fmt.Errorf("tensor %q: bytes %d to %d", clip(name), begin, end)
		}
		if end > data {
			return fmt.Errorf("tensor %q: its bytes end at %d, and the file has %d; it is cut short: download it again", clip(name), end, data)
		}
		if need := wholeBytes(int64s(t.Dims), t.DType); need != end-begin {
			return fmt.Errorf("tensor %q: %d bytes where %v of %v take %d", clip(name), end-begin, t.Dims, t.DType, need)
		}
		t.data = section{r, 8 + n + begin, end - begin}
		t.strides = rowMajor(t.Dims)
		t.order = littleEndian
		if err := t.check(); err != nil {
			return fmt.Errorf("tensor %q: %w", clip(name), err)
		}
		runs = append(runs, run{begin, end, name})
		return f.add(name, t)
	})
	if err != nil {
		return fmt.Errorf("its header: %w", err)
	}
	if rest := bytes.TrimLeft(text[dec.InputOffset():], " \t\r\n"); len(rest) > 0 {
		return errors.New("its header: more follows the JSON object")
	}
	slices.SortStableFunc(runs, func(a, b run) int {
		if a.begin != b.begin {
			return int(min(max(a.begin-b.begin, -1), 1))
		}
		return int(min(max(a.end-b.end, -1), 1))
	})
	at := int64(0)
	for _, run := range runs {
		if run.begin != at {
			return fmt.Errorf("tensor %q: its bytes begin at %d, and what comes before ends at %d: tensors may neither overlap nor leave holes", clip(run.name), run.begin, at)
		}
		at = run.end
	}
	if at != data {
		return fmt.Errorf("%d bytes belong to no tensor", data-at)
	}
	return nil
}

// safetensor reads {"dtype": …, "shape": […], "data_offsets": [begin, end]}.
func safetensor(dec *json.Decoder) (t *Tensor, begin, end int64, err error) {
	t = new(Tensor)
	fields := 0
	err = object(dec, func(key string) error {
		switch key {
		case "dtype":
			var name string
			if err := dec.Decode(&name); err != nil {
				return err
			}
			d, ok := safetensorsTypes[name]
			if !ok {
				return fmt.Errorf("its type %q isn't known here", clip(name))
			}
			t.DType = d
		case "shape":
			var dims []int
			if err := dec.Decode(&dims); err != nil {
				return err
			}
			t.Dims = append([]int{}, dims...)
		case "data_offsets":
			var at []int64
			if err := dec.Decode(&at); err != nil {
				return err
			}
			if len(at) != 2 {
				return fmt.Errorf("%d data_offsets", len(at))
			}
			begin, end = at[0], at[1]
		default:
			return fmt.Errorf("%q isn't expected there", clip(key))
		}
		fields++
		return nil
	})
	if err == nil && fields != 3 {
		err = errors.New("dtype, shape and data_offsets must all be there")
	}
	return t, begin, end, err
}

// object reads a JSON object whose keys are all different; value must consume each value.
func object(dec *json.Decoder, value func(key string) error) error {
	tok, err := dec.Token()
	if err != nil {
		return err
	}
	if tok != json.Delim('{') {
		return fmt.Errorf("%v where a JSON object is expected", tok)
	}
	seen := make(map[string]bool)
	for dec.More() {
		tok, err := dec.Token()
		if err != nil {
			return err
		}
		key, ok := tok.(string)
		if !ok || seen[key] {
			return fmt.Errorf("the key %q comes twice", clip(key))
		}
		seen[key] = true
		if err := value(key); err != nil {
			return err
		}
	}
	_, err = dec.Token()
	return err
}

func int64s(dims []int) []int64 {
	out := make([]int64, len(dims))
	for i, d := range dims {
		out[i] = int64(d)
	}
	return out
}
