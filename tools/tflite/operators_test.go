package tflite

import (
	"os"
	"strings"
	"testing"
)

// An operator that cannot be read is named.
func TestRefusedByName(t *testing.T) {
	for number, says := range map[byte]string{
		16: "is of the kind 16 (BuiltinOperator of schema.fbs), which is not known here", // LSTM
		32: "which is not of TensorFlow Lite itself",
	} {
		data, err := os.ReadFile("testdata/float.tflite")
		if err != nil {
			t.Fatal(err)
		}
		f := &flat{data: data, left: maxParts}
		for _, code := range f.table(0).tables(1) {
			if code.int(3, 0) == 4 { // DEPTHWISE_CONV_2D
				data[code.field(0)], data[code.field(3)] = number, number
			}
		}
		_, err = Read("changed.tflite", data)
		if err == nil || !strings.Contains(err.Error(), says) || !strings.HasPrefix(err.Error(), "changed.tflite: operator ") {
			t.Errorf("%v, without %q", err, says)
		}
	}
}
