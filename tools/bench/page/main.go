//go:build js && wasm

// Command page is Homeroom's engine for the bench, without the page around it.
// It gives page/homeroom.js an object homeroomBench with
//
//	load(pack Uint8Array, input Float32Array's bytes, size, threads) Promise of string
//	run(logits Uint8Array)
//	layers(runs) string
//	photo(file Uint8Array) {decode, resize} in milliseconds, or {error}
//
// load returns "" or what is wrong. run takes the input that load was given to
// the logits, as the bytes of float32. layers gives the model.Profile of so many runs as JSON. photo takes a photo's file to the input
// of EfficientNet-Lite0.
package main

import (
	"encoding/json"
	"syscall/js"
	"time"
	"unsafe"

	"homeroom/core/model"
	"homeroom/core/photo"
	"homeroom/core/tensor"
	"homeroom/wasm/crew"
)

// lite0 is the pre-processing of EfficientNet-Lite0.
var lite0 = photo.Preprocess{
	Size: 224, CropFraction: 0.875, Interpolation: photo.Bicubic,
	Mean: [3]float64{127, 127, 127}, Std: [3]float64{128, 128, 128},
}

func main() {
	pixels := tensor.Tensor{Shape: tensor.Shape{H: lite0.Size, W: lite0.Size, C: 3}, Data: make([]float32, lite0.Size*lite0.Size*3)}
	team, lack := crew.New()
	var classifier *model.Classifier
	var input tensor.Tensor
	js.Global().Set("homeroomBench", map[string]any{
		"load": promised(func(args []js.Value) any {
			threads := args[3].Int()
			if threads > 1 {
				if lack == nil {
					lack = crew.Gather(team)
				}
				if lack != nil {
					return lack.Error()
				}
			}
			pack := make([]byte, args[0].Length())
			js.CopyBytesToGo(pack, args[0])
			m, err := model.Read("bench", pack)
			if err != nil {
				return err.Error()
			}
			size := args[2].Int()
			classifier, err = model.NewClassifier(m, model.Options{Size: size, Team: team})
			if err != nil {
				return err.Error()
			}
			input = tensor.Tensor{Shape: tensor.Shape{H: size, W: size, C: 3}, Data: make([]float32, size*size*3)}
			js.CopyBytesToGo(bytesOf(input.Data), args[1])
			return ""
		}),
		"photo": js.FuncOf(func(_ js.Value, args []js.Value) any {
			file := make([]byte, args[0].Length())
			js.CopyBytesToGo(file, args[0])
			start := time.Now()
			p, err := photo.Decode(file, photo.Limits{})
			if err != nil {
				return map[string]any{"error": err.Error()}
			}
			decoded := time.Now()
			lite0.Apply(pixels, p)
			return map[string]any{"decode": ms(decoded.Sub(start)), "resize": ms(time.Since(decoded))}
		}),
		"run": js.FuncOf(func(_ js.Value, args []js.Value) any {
			logits := classifier.RunTensor(input)
			return js.CopyBytesToJS(args[0], bytesOf(logits))
		}),
		"layers": js.FuncOf(func(_ js.Value, args []js.Value) any {
			text, err := json.Marshal(classifier.Profile(args[0].Int(), 0, false))
			if err != nil {
				panic(err)
			}
			return string(text)
		}),
	})
	js.Global().Call("homeroomReady")
	select {}
}

// promised makes a function of JavaScript that answers with a promise, so that it may wait.
func promised(f func(args []js.Value) any) js.Func {
	return js.FuncOf(func(_ js.Value, args []js.Value) any {
		executor := js.FuncOf(func(_ js.Value, resolve []js.Value) any {
			go func() { resolve[0].Invoke(f(args)) }()
			return nil
		})
		defer executor.Release()
		return js.Global().Get("Promise").New(executor)
	})
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func bytesOf(x []float32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), 4*len(x))
}
