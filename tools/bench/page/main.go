//go:build js && wasm

// Command page is Homeroom's engine for the bench, without the page around it.
// It gives page/homeroom.js an object homeroomBench with
//
//	load(pack Uint8Array, input Float32Array's bytes, size, threads) Promise of string
//	run(logits Uint8Array)
//
// load returns "" or what is wrong. run takes the input that load was given to
// the logits, as the bytes of float32.
package main

import (
	"syscall/js"
	"unsafe"

	"homeroom/core/model"
	"homeroom/core/tensor"
	"homeroom/wasm/crew"
)

func main() {
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
		"run": js.FuncOf(func(_ js.Value, args []js.Value) any {
			logits := classifier.RunTensor(input)
			return js.CopyBytesToJS(args[0], bytesOf(logits))
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

func bytesOf(x []float32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), 4*len(x))
}
