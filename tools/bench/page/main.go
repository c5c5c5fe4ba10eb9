//go:build js && wasm

// Command page is Homeroom's engine for the bench, without the page around it. It gives
// page/homeroom.js an object homeroomBench with
//
//	load(pack Uint8Array, input Float32Array's bytes, size, threads) Promise of string
//	run(logits Uint8Array)
//	layers(runs) string
//	photo(file Uint8Array) {decode, resize} in milliseconds, or {error}
//	hold(features Uint8Array, dimension)
//	learn(labels as JSON) Promise of {head: Uint8Array, trained: JSON, told: messages of progress}, or {error}
//	judge(head Uint8Array, features Uint8Array, labels as JSON) share of right answers
//
// load returns "" or what is wrong. run takes the input that load was given to the logits, as the
// bytes of float32. layers gives the model.Profile of so many runs as JSON. photo takes a photo's
// file to the input of EfficientNet-Lite0. hold keeps feature vectors, photo after photo; learn
// does with them what the page's worker does when a person asks for a linear head, up to the
// messages that it would send.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"slices"
	"syscall/js"
	"time"
	"unsafe"

	"homeroom/core/feature"
	"homeroom/core/head"
	"homeroom/core/model"
	"homeroom/core/photo"
	"homeroom/core/project"
	"homeroom/core/tensor"
	"homeroom/core/training"
	"homeroom/wasm/engine"
	"homeroom/wasm/protocol"
	"homeroom/wasm/threads"
)

// lite0 is the pre-processing of EfficientNet-Lite0.
var lite0 = photo.Preprocess{
	Size: 224, CropFraction: 0.875, Interpolation: photo.Bicubic,
	Mean: [3]float64{127, 127, 127}, Std: [3]float64{128, 128, 128},
}

func main() {
	pixels := tensor.Tensor{Shape: tensor.Shape{H: lite0.Size, W: lite0.Size, C: 3}, Data: make([]float32, lite0.Size*lite0.Size*3)}
	team, lack := threads.New()
	var classifier *model.Classifier
	samples := &samples{}
	var input tensor.Tensor
	js.Global().Set("homeroomBench", map[string]any{
		"load": promised(func(args []js.Value) any {
			if args[3].Int() > 1 {
				if lack == nil {
					lack = threads.Gather(team)
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
			p, err := photo.DecodeFor(file, photo.Limits{}, lite0.Shorter())
			if err != nil {
				return map[string]any{"error": err.Error()}
			}
			decoded := time.Now()
			lite0.Apply(pixels, p)
			return map[string]any{"decode": ms(decoded.Sub(start)), "resize": ms(time.Since(decoded))}
		}),
		"hold":  js.FuncOf(func(_ js.Value, args []js.Value) any { return samples.hold(floatsOf(args[0]), args[1].Int()) }),
		"learn": promised(func(args []js.Value) any { return samples.learn(args[0].String()) }),
		"judge": js.FuncOf(func(_ js.Value, args []js.Value) any { return judge(args[0], floatsOf(args[1]), args[2].String()) }),
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

func floatsOf(array js.Value) []float32 {
	x := make([]float32, array.Length()/4)
	js.CopyBytesToGo(bytesOf(x), array)
	return x
}

// space is what the features are of.
var space = feature.Space{Network: "efficientnet-lite0", Size: lite0.Size}

// A samples is what is learnt from.
type samples struct {
	engine.Samples
	photos int
}

// hold returns nil or what is wrong.
func (s *samples) hold(features []float32, dim int) any {
	debug.SetGCPercent(engine.GCPercent)
	photos := make([]*project.Photo, len(features)/dim)
	for i := range photos {
		s.photos++
		photos[i] = &project.Photo{ID: s.photos, Name: fmt.Sprint(s.photos, ".jpg")}
	}
	if err := s.Samples.Hold(space, photos, features); err != nil {
		return err.Error()
	}
	return nil
}

func (s *samples) learn(labels string) any {
	t := &protocol.Task{Spaces: []feature.Space{space}, Config: training.Config{Kind: training.Linear}}
	if err := json.Unmarshal([]byte(labels), &t.Labels); err != nil {
		return map[string]any{"error": err.Error()}
	}
	for c := range slices.Max(t.Labels) + 1 {
		t.Classes = append(t.Classes, fmt.Sprint("class ", c))
	}
	for i := range t.Labels {
		t.IDs = append(t.IDs, i+1)
	}
	told := 0
	states, results, err := s.Samples.Learn(context.Background(), t, func(p training.Progress) {
		if data, err := json.Marshal(p); err == nil {
			js.ValueOf(string(data))
			told++
		}
	})
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	text, err := json.Marshal(results)
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	array := js.Global().Get("Uint8Array").New(len(states.Best))
	js.CopyBytesToJS(array, states.Best)
	return map[string]any{"head": array, "trained": string(text), "told": told}
}

func judge(file js.Value, features []float32, labels string) any {
	data := make([]byte, file.Length())
	js.CopyBytesToGo(data, file)
	var h head.Head
	var truth []int
	if h.UnmarshalBinary(data) != nil || json.Unmarshal([]byte(labels), &truth) != nil || len(truth) == 0 {
		return nil
	}
	right, dim := 0, len(features)/len(truth)
	for i, y := range truth {
		if a, err := h.Answer([][]float32{features[i*dim : (i+1)*dim]}); err == nil && a.Class == y {
			right++
		}
	}
	return float64(right) / float64(len(truth))
}
