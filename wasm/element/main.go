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
	"homeroom/wasm/codec"
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

// asked is a message that is still to be answered.
type asked struct {
	ctx     context.Context
	id      int
	message any
}

func main() {
	debug.SetGCPercent(gcPercent)
	e := &element{self: js.Global(), open: map[int]*classifier.Classifier{}, cancel: map[int]context.CancelFunc{}}
	all := make(chan asked, 256)
	inbox := codec.Inbox(e.self, toEngine)
	go func() { // beside what is being answered, which may be what is cancelled
		for message, err := range inbox {
			if err != nil {
				e.send(Ended{Error: "it was sent " + err.Error()}) // who waits for an answer is told by that
				continue
			}
			if m, is := message.(Cancel); is {
				if stop := e.cancel[m.ID]; stop != nil {
					stop()
				}
				continue
			}
			ctx, stop := context.WithCancel(context.Background())
			id := idOf(message)
			e.cancel[id] = stop
			all <- asked{ctx, id, message}
		}
	}()
	e.send(Started{})
	for a := range all {
		e.answer(a)
	}
}

func idOf(message any) int {
	switch m := message.(type) {
	case Needs:
		return m.ID
	case Open:
		return m.ID
	case Classify:
		return m.ID
	case Embed:
		return m.ID
	case Teach:
		return m.ID
	case Save:
		return m.ID
	case Close:
		return m.ID
	}
	panic(fmt.Sprintf("%T has no ID", message))
}

// send posts a message to the page; one that cannot be written is told of.
func (e *element) send(message any) {
	object, transfer, err := codec.Encode(message, toPage)
	if err != nil {
		object, transfer, _ = codec.Encode(Ended{Error: err.Error()}, toPage)
	}
	e.self.Call("postMessage", object, transfer)
}

// answer does what a message asks for.
func (e *element) answer(a asked) {
	message, err := e.safely(a)
	if stop := e.cancel[a.id]; stop != nil {
		stop()
		delete(e.cancel, a.id)
	}
	if err != nil {
		message = Failed{a.id, err.Error()}
	}
	e.send(message)
}

// safely makes an error of a panic: a photo or project of others is no reason to end.
func (e *element) safely(a asked) (answer any, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("this could not be done (%v)", fault)
		}
	}()
	if err := a.ctx.Err(); err != nil {
		return nil, err
	}
	switch m := a.message.(type) {
	case Needs:
		names, err := classifier.Needs(bytesOf(m.File))
		return Needed{m.ID, names}, err
	case Open:
		var packs [][]byte
		for _, pack := range m.Packs {
			packs = append(packs, bytesOf(pack))
		}
		c, err := classifier.Load(bytesOf(m.File), packs...)
		if err != nil {
			return nil, err
		}
		return e.opened(m.ID, c), nil
	case Classify:
		return e.classify(m)
	case Embed:
		return e.embed(m)
	case Teach:
		return e.teach(a.ctx, m)
	case Save:
		c, err := e.classifier(m.Classifier)
		if err != nil {
			return nil, err
		}
		var out bytes.Buffer
		if err := c.Save(&out, m.Name); err != nil {
			return nil, err
		}
		return Saved{m.ID, codec.Of(arrayOf(out.Bytes()))}, nil
	case Close:
		c, err := e.classifier(m.Classifier)
		if err != nil {
			return nil, err
		}
		c.Close()
		delete(e.open, m.Classifier)
		return Closed{m.ID}, nil
	}
	return nil, fmt.Errorf("%T is not for this program", a.message)
}

func (e *element) classifier(number int) (*classifier.Classifier, error) {
	c := e.open[number]
	if c == nil {
		return nil, errors.New("the classifier is closed")
	}
	return c, nil
}

// given is a classifier by its number, and what it is given: the bytes of a photo's file, or
// pixels.
func (e *element) given(number int, p Photo) (c *classifier.Classifier, file []byte, picture image.Image, err error) {
	if c, err = e.classifier(number); err == nil {
		file, picture, err = pictureOf(p)
	}
	return c, file, picture, err
}

// opened gives a classifier a number.
func (e *element) opened(id int, c *classifier.Classifier) Opened {
	e.last++
	e.open[e.last] = c
	return Opened{id, e.last, c.Name(), c.Labels()}
}

func (e *element) classify(m Classify) (any, error) {
	c, file, picture, err := e.given(m.Classifier, m.Photo)
	if err != nil {
		return nil, err
	}
	var a classifier.Answer
	if file != nil {
		a, err = c.ClassifyFile(file)
	} else {
		a, err = c.Classify(picture)
	}
	if err != nil {
		return nil, err
	}
	out := Named{ID: m.ID, Label: a.Best(), Unknown: a.Unknown, Strangeness: a.Strangeness, Damaged: a.Damaged}
	for _, r := range a.Results {
		out.Results = append(out.Results, Result{r.Label, r.Score})
	}
	return out, nil
}

func (e *element) embed(m Embed) (any, error) {
	c, file, picture, err := e.given(m.Classifier, m.Photo)
	if err != nil {
		return nil, err
	}
	var v []float32
	if file != nil {
		v, err = c.Embed(file)
	} else {
		v, err = c.EmbedImage(picture)
	}
	return Embedded{m.ID, codec.Of(floats(v))}, err
}

// breath is how often the page is told how far learning is, and can end it.
const breath = 60 * time.Millisecond

func (e *element) teach(ctx context.Context, m Teach) (any, error) {
	c, err := e.classifier(m.Classifier)
	if err != nil {
		return nil, err
	}
	examples := make([]classifier.Example, len(m.Examples))
	for i, one := range m.Examples {
		examples[i].Class = one.Label
		if examples[i].File, examples[i].Image, err = pictureOf(one.Photo); err != nil {
			return nil, err
		}
	}
	last := time.Now()
	taught, err := c.TeachTelling(ctx, examples, func(stage string, share float64) {
		if time.Since(last) < breath {
			return
		}
		e.send(Progress{m.ID, stage, share})
		time.Sleep(time.Millisecond)
		last = time.Now()
	})
	if err != nil {
		return nil, err
	}
	return e.opened(m.ID, taught), nil
}

// pictureOf gives the bytes of a photo's file, or its pixels.
func pictureOf(p Photo) ([]byte, image.Image, error) {
	if p.RGBA == nil {
		return bytesOf(p.File), nil, nil
	}
	m := &image.NRGBA{Pix: bytesOf(p.RGBA), Stride: 4 * p.Width, Rect: image.Rect(0, 0, p.Width, p.Height)}
	if p.Width < 1 || p.Height < 1 || len(m.Pix) != 4*p.Width*p.Height {
		return nil, nil, fmt.Errorf("a picture of %d × %d pixels has %d bytes", p.Width, p.Height, len(m.Pix))
	}
	return nil, m, nil
}

// bytesOf copies an array of bytes; nil has none.
func bytesOf(o codec.Object) []byte {
	if o == nil {
		return []byte{}
	}
	data := make([]byte, o.Value.Length())
	js.CopyBytesToGo(data, o.Value)
	return data
}

func arrayOf(data []byte) js.Value {
	a := js.Global().Get("Uint8Array").New(len(data))
	js.CopyBytesToJS(a, data)
	return a
}

// floats makes a Float32Array. WebAssembly and typed arrays are both little-endian wherever
// browsers run.
func floats(v []float32) js.Value {
	if len(v) == 0 {
		return js.Global().Get("Float32Array").New()
	}
	a := arrayOf(unsafe.Slice((*byte)(unsafe.Pointer(&v[0])), 4*len(v)))
	return js.Global().Get("Float32Array").New(a.Get("buffer"))
}
