package pack

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"testing"
	"testing/iotest"
)

// drain reads a pack as it arrives.
func drain(r io.Reader) (*File, error) {
	d, err := NewReader("x", r)
	if err != nil {
		return nil, err
	}
	f := &File{Manifest: d.Manifest(), Tensors: []*Tensor{}, Coded: d.Coded()}
	coming, err := d.Coming()
	if err != nil {
		return nil, err
	}
	for {
		t, err := d.Next()
		if errors.Is(err, io.EOF) {
			return f, nil
		}
		if err == nil {
			told := coming[len(f.Tensors)]
			if told.Name != t.Name || told.DType != t.DType || !slices.Equal(told.Dims, t.Dims) {
				return nil, fmt.Errorf("%s of %v was told to come, and %s of %v came", told.Name, told.Dims, t.Name, t.Dims)
			}
		}
		if err != nil {
			return nil, err
		}
		f.Tensors = append(f.Tensors, t)
	}
}

// What arrives in pieces is what lies in one.
func TestReader(t *testing.T) {
	for name, f := range map[string]*File{"plain": sample(), "coded": codedSample(), "empty": {Tensors: []*Tensor{}}} {
		data := written(t, f)
		for _, r := range []io.Reader{bytes.NewReader(data), iotest.OneByteReader(bytes.NewReader(data)), iotest.DataErrReader(bytes.NewReader(data))} {
			got, err := drain(r)
			if err != nil || !reflect.DeepEqual(got, f) {
				t.Fatalf("%s: %+v, %v", name, got, err)
			}
		}
	}
}

// A tensor is there before the bytes of the next one are.
func TestReaderDoesNotWait(t *testing.T) {
	data := written(t, codedSample())
	r, w := io.Pipe()
	defer r.Close()
	p, err := Read("x", data)
	if err != nil {
		t.Fatal(err)
	}
	arrived := make(chan *Tensor)
	go func() {
		d, err := NewReader("x", r)
		if err != nil || d.Size() != int64(len(data)) {
			t.Error(err)
			close(arrived)
			return
		}
		for {
			one, err := d.Next()
			if err != nil {
				if !errors.Is(err, io.EOF) {
					t.Error(err)
				}
				close(arrived)
				return
			}
			arrived <- one
		}
	}()
	q, err := begin("x", data[:preambleSize])
	if err != nil {
		t.Fatal(err)
	}
	if err := q.readHeader(data[preambleSize:q.start()]); err != nil {
		t.Fatal(err)
	}
	at := int64(0)
	for i, e := range q.head.Tensors {
		to := q.start() + e.Offset + e.Bytes
		if _, err := w.Write(data[at:to]); err != nil {
			t.Fatal(err)
		}
		at = to
		if one := <-arrived; one == nil || !reflect.DeepEqual(one, p.Tensors[i]) {
			t.Fatalf("tensor %d is %+v", i, one)
		}
	}
	w.Close()
	if one := <-arrived; one != nil {
		t.Errorf("%+v after the last", one)
	}
}

// Whatever Read refuses is refused as it arrives, and cutting or a longer file too.
func TestReaderRefuses(t *testing.T) {
	for _, good := range [][]byte{written(t, sample()), written(t, codedSample())} {
		for i := range good {
			bad := bytes.Clone(good)
			bad[i] ^= 0x10
			if _, err := drain(bytes.NewReader(bad)); err == nil {
				t.Errorf("byte %d of %d may change unnoticed", i, len(good))
			}
			if _, err := drain(bytes.NewReader(good[:i])); err == nil {
				t.Errorf("the file may end after %d of %d bytes", i, len(good))
			}
		}
		if _, err := drain(bytes.NewReader(append(bytes.Clone(good), 0))); err == nil {
			t.Error("a byte more is passed over")
		}
	}
	broken := errors.New("broken")
	if _, err := drain(io.MultiReader(bytes.NewReader(written(t, sample())[:300]), iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Errorf("a broken connection: %v", err)
	}
}
