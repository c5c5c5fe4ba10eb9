//go:build js && wasm

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"runtime/debug"
	"syscall/js"
	"time"
	"unsafe"

	"homeroom/core/classifier"
)

// gcPercent is how much the heap may grow before it is collected: a decoded photo is the largest
// thing there, and is to be gone before the next one comes.
const gcPercent = 15

// An element is what the worker knows between messages.
type element struct {
	self   js.Value
	open   map[int]*classifier.Classifier // by the number that the page knows it by
	last   int
	cancel map[int]context.CancelFunc // of what is still to be answered, by the ID of its message
}

func main() {
	debug.SetGCPercent(gcPercent)
	e := &element{self: js.Global(), open: map[int]*classifier.Classifier{}, cancel: map[int]context.CancelFunc{}}
	type asked struct {
		ctx context.Context
		js.Value
	}
	inbox := make(chan asked, 256)
	e.self.Call("addEventListener", "message", js.FuncOf(func(_ js.Value, args []js.Value) any {
		m := args[0].Get("data")
		switch {
		case m.Type() != js.TypeObject:
			e.unread("it was sent " + m.Type().String() + ", which is no message")
			return nil
		case m.Get("cancel").Type() == js.TypeNumber:
			id := m.Get("cancel")
			if stop := e.cancel[id.Int()]; stop != nil {
				stop()
			}
			return nil
		case m.Get("id").Type() != js.TypeNumber:
			e.unread("it was sent a message without a number")
			return nil
		}
		ctx, stop := context.WithCancel(context.Background())
		e.cancel[m.Get("id").Int()] = stop
		go func() { inbox <- asked{ctx, m} }() // a callback may not wait
		return nil
	}))
	e.self.Call("addEventListener", "messageerror", js.FuncOf(func(js.Value, []js.Value) any {
		e.unread("what it was sent could not be handed over")
		return nil
	}))
	e.self.Call("postMessage", map[string]any{"ready": true})
	for m := range inbox {
		e.answer(m.ctx, m.Value)
	}
}

// unread ends the engine because of a message that nobody can answer: who waits for it is told.
func (e *element) unread(why string) { e.self.Call("postMessage", map[string]any{"ended": why}) }

// answer does what a message asks for.
func (e *element) answer(ctx context.Context, m js.Value) {
	id := m.Get("id").Int()
	value, err := e.safely(ctx, m)
	if stop := e.cancel[id]; stop != nil {
		stop()
		delete(e.cancel, id)
	}
	if err != nil {
		e.self.Call("postMessage", map[string]any{"id": id, "error": err.Error()})
		return
	}
	e.self.Call("postMessage", map[string]any{"id": id, "value": value})
}

// safely makes an error of whatever a message lacks.
func (e *element) safely(ctx context.Context, m js.Value) (value any, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("this could not be done (%v)", fault)
		}
	}()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	do := m.Get("do").String()
	switch do {
	case "needs":
		names, err := classifier.Needs(bytesOf(m.Get("file")))
		return list(names), err
	case "open":
		var packs [][]byte
		for i := range m.Get("packs").Length() {
			packs = append(packs, bytesOf(m.Get("packs").Index(i)))
		}
		c, err := classifier.Load(bytesOf(m.Get("file")), packs...)
		return e.opened(c), err
	}
	c := e.open[m.Get("classifier").Int()]
	if c == nil {
		return nil, errors.New("the classifier is closed")
	}
	switch do {
	case "classify":
		file, picture := pictureOf(m.Get("photo"))
		if file != nil {
			return answerOf(c.ClassifyFile(file))
		}
		return answerOf(c.Classify(picture))
	case "embed":
		file, picture := pictureOf(m.Get("photo"))
		v, err := embed(c, file, picture)
		return floats(v), err
	case "teach":
		return e.teach(ctx, c, m)
	case "save":
		var out bytes.Buffer
		if err := c.Save(&out, m.Get("name").String()); err != nil {
			return nil, err
		}
		return arrayOf(out.Bytes()), nil
	case "close":
		c.Close()
		delete(e.open, m.Get("classifier").Int())
		return true, nil
	}
	return nil, fmt.Errorf("there is nothing called %q to do", do)
}

func embed(c *classifier.Classifier, file []byte, picture image.Image) ([]float32, error) {
	if file != nil {
		return c.Embed(file)
	}
	return c.EmbedImage(picture)
}

// opened gives a classifier a number.
func (e *element) opened(c *classifier.Classifier) any {
	if c == nil {
		return nil
	}
	e.last++
	e.open[e.last] = c
	return map[string]any{"classifier": e.last, "name": c.Name(), "labels": list(c.Labels())}
}

// breath is how often the page is told how far learning is, and can end it.
const breath = 60 * time.Millisecond

func (e *element) teach(ctx context.Context, c *classifier.Classifier, m js.Value) (any, error) {
	given := m.Get("examples")
	examples := make([]classifier.Example, given.Length())
	for i := range examples {
		one := given.Index(i)
		examples[i].Class = one.Get("label").String()
		examples[i].File, examples[i].Image = pictureOf(one.Get("photo"))
	}
	last := time.Now()
	taught, err := c.TeachTelling(ctx, examples, func(stage string, share float64) {
		if time.Since(last) < breath {
			return
		}
		e.self.Call("postMessage", map[string]any{"id": m.Get("id").Int(), "stage": stage, "share": share})
		time.Sleep(time.Millisecond)
		last = time.Now()
	})
	return e.opened(taught), err
}

// answerOf is an answer as JavaScript has it.
func answerOf(a classifier.Answer, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	results := make([]any, len(a.Results))
	for i, r := range a.Results {
		results[i] = map[string]any{"label": r.Label, "score": r.Score}
	}
	return map[string]any{"label": a.Best(), "unknown": a.Unknown, "strangeness": a.Strangeness, "results": results, "damaged": a.Damaged}, nil
}

// pictureOf is a photo's file, or its pixels as {rgba, width, height}.
func pictureOf(v js.Value) ([]byte, image.Image) {
	if rgba := v.Get("rgba"); rgba.Truthy() {
		w, h := v.Get("width").Int(), v.Get("height").Int()
		m := &image.NRGBA{Pix: bytesOf(rgba), Stride: 4 * w, Rect: image.Rect(0, 0, w, h)}
		if w < 1 || h < 1 || len(m.Pix) != 4*w*h {
			panic(fmt.Sprintf("a picture of %d × %d pixels has %d bytes", w, h, len(m.Pix)))
		}
		return nil, m
	}
	return bytesOf(v), nil
}

// bytesOf copies an ArrayBuffer or a typed array.
func bytesOf(v js.Value) []byte {
	array := v
	if v.InstanceOf(js.Global().Get("ArrayBuffer")) {
		array = js.Global().Get("Uint8Array").New(v)
	}
	data := make([]byte, array.Get("byteLength").Int())
	js.CopyBytesToGo(data, array)
	return data
}

func arrayOf(data []byte) js.Value {
	a := js.Global().Get("Uint8Array").New(len(data))
	js.CopyBytesToJS(a, data)
	return a
}

// floats makes a Float32Array. WebAssembly and typed arrays are both little-endian wherever
// browsers run.
func floats(v []float32) any {
	if len(v) == 0 {
		return nil
	}
	a := arrayOf(unsafe.Slice((*byte)(unsafe.Pointer(&v[0])), 4*len(v)))
	return js.Global().Get("Float32Array").New(a.Get("buffer"))
}

func list(names []string) []any {
	out := make([]any, len(names))
	for i, n := range names {
		out[i] = n
	}
	return out
}
