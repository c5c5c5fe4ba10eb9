//go:build js && wasm

package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall/js"
	"time"
	"unsafe"

	"homeroom/core/feature"
	"homeroom/core/head"
	"homeroom/core/model"
	"homeroom/core/photo"
	"homeroom/wasm/digest"
	"homeroom/wasm/protocol"
	"homeroom/wasm/store"
)

// A pupil is what a worker knows of a person's own classes: the head that it answers with, or the features that it
// learns from.
type pupil struct {
	head    *head.Head
	headErr error
	quick   *head.Head // that looks once, for a camera that the head is too slow for; nil for none
	hurry   hurry
	others  map[feature.Space]other // networks beside the engine's own that the head reads, by the space of the plain view
	shelf   Shelf
	store   *store.Store       // nil until it is needed
	stop    context.CancelFunc // ends what is being learnt; nil where nothing is
	learnt  chan struct{}      // closed when it has ended
}

// other is a network that was opened for a head, or why it could not be.
type other struct {
	*model.Classifier
	err error
}

// teach answers the messages about a person's own classes.
func (e *engine) teach(message js.Value) {
	fields := map[string]any{protocol.ID: message.Get(protocol.ID), protocol.Ticket: message.Get(protocol.Ticket)}
	switch message.Get(protocol.Kind).String() {
	case protocol.Read:
		e.finish(protocol.Features, fields, e.read(message, fields))
	case protocol.Also:
		e.also(message)
	case protocol.Head:
		e.pupil.head, e.pupil.headErr, e.pupil.quick = nil, nil, nil
		h := new(head.Head)
		if err := h.UnmarshalBinary(bytesOf(message.Get(protocol.Data))); err != nil {
			e.pupil.headErr = err
			return
		}
		e.pupil.head = h
		if data := message.Get(protocol.Quick); data.Truthy() {
			quick := new(head.Head)
			if quick.UnmarshalBinary(bytesOf(data)) == nil && slices.Equal(quick.Classes, h.Classes) {
				e.pupil.quick = quick
			}
		}
		e.pupil.hurry = newHurry(h, e.pupil.quick != nil)
		for space := range e.pupil.others {
			if !slices.ContainsFunc(h.Spaces, func(s head.Space) bool { return s.Name.Of(feature.Plain) == space }) {
				delete(e.pupil.others, space)
			}
		}
	case protocol.Ask:
		e.finish(protocol.Told, fields, e.ask(message, fields))
	case protocol.Hold:
		var notes []Note
		err := json.Unmarshal([]byte(message.Get(protocol.Photos).String()), &notes)
		if err == nil {
			err = e.pupil.shelf.Hold(message.Get(protocol.Space).String(), notes, floatsOf(message.Get(protocol.Vectors)))
		}
		if err != nil {
			panic("features that cannot be held: " + err.Error())
		}
	case protocol.Forget:
		e.pupil.shelf.Forget(message.Get(protocol.ID).Int())
	case protocol.Learn, protocol.Curve:
		e.endLearning()
		ctx, stop := context.WithCancel(context.Background())
		learnt := make(chan struct{})
		e.pupil.stop, e.pupil.learnt = stop, learnt
		go func() {
			defer close(learnt)
			e.learn(ctx, message)
		}()
	case protocol.Stop:
		e.endLearning()
	case protocol.Bundle:
		e.endLearning()
		e.finish(protocol.Bundled, fields, e.bundle(message, fields))
	case protocol.Unbundle:
		e.endLearning()
		e.finish(protocol.Unbundled, fields, e.unbundle(message, fields))
	}
}

func (e *engine) endLearning() {
	if e.pupil.stop != nil {
		e.pupil.stop()
		<-e.pupil.learnt
		e.pupil.stop = nil
	}
}

func (e *engine) finish(kind string, fields map[string]any, err error) {
	fields[protocol.Memory] = memory()
	if err != nil {
		fields[protocol.Error] = err.Error()
		e.send(protocol.Failed, fields)
		return
	}
	var transfer []any
	if kind == protocol.Features {
		transfer = append(transfer, fields[protocol.Vectors].([]any)...)
	}
	e.send(kind, fields, transfer...)
}

// read gives a photo's features.
func (e *engine) read(message js.Value, fields map[string]any) error {
	file := message.Get(protocol.File)
	p, data, took, err := e.decode(file)
	if err != nil {
		return err
	}
	fields[protocol.Hash] = digest.Bytes(data)
	e.thumb(p, fields)
	var names []feature.Space
	var spaces, vectors []any
	for i := range message.Get(protocol.Spaces).Length() {
		name, err := feature.Parse(message.Get(protocol.Spaces).Index(i).String())
		if err != nil {
			return err
		}
		names, spaces = append(names, name), append(spaces, name.String())
	}
	start := time.Now()
	rows, err := e.see(p, names, message, fields)
	if err != nil {
		return err
	}
	for _, row := range rows {
		vectors = append(vectors, bufferOf(row))
	}
	fields[protocol.Width], fields[protocol.Height], fields[protocol.Damaged] = p.Width, p.Height, p.Damaged
	fields[protocol.Look] = strconv.FormatUint(photo.Look(p), 16)
	fields[protocol.Spaces], fields[protocol.Vectors] = spaces, vectors
	fields[protocol.Decode] = milliseconds(took)
	fields[protocol.Network] = milliseconds(time.Since(start))
	return nil
}

// ask names a photo by the head.
func (e *engine) ask(message js.Value, fields map[string]any) error {
	if e.pupil.headErr != nil {
		return e.pupil.headErr
	}
	h := e.pupil.head
	if h == nil {
		return errors.New("nothing has been learnt yet")
	}
	var p *photo.Photo
	if frame := message.Get(protocol.Frame); frame.Truthy() {
		p = framed(bytesOf(frame), message.Get(protocol.Width).Int(), message.Get(protocol.Height).Int())
	} else {
		var took time.Duration
		var err error
		if p, _, took, err = e.decode(message.Get(protocol.File)); err != nil {
			return err
		}
		e.thumb(p, fields)
		fields[protocol.Decode] = milliseconds(took)
	}
	start := time.Now()
	live := message.Get(protocol.Frame).Truthy()
	way := Unhurried
	if live {
		way = e.pupil.hurry.way()
	}
	if way == Once {
		h = e.pupil.quick
	}
	rows, err := e.look(h, p, way == NoMirror, message, fields)
	if err != nil {
		return err
	}
	fields[protocol.Hurried] = way
	if live {
		e.pupil.hurry.took(time.Since(start))
	}
	answer, err := h.Answer(rows)
	if err != nil {
		return err
	}
	results := make([]any, len(h.Classes))
	for i, name := range h.Classes {
		results[i] = map[string]any{protocol.Index: i, protocol.Label: name, protocol.Score: answer.Probabilities[i]}
	}
	fields[protocol.Width], fields[protocol.Height], fields[protocol.Damaged] = p.Width, p.Height, p.Damaged
	fields[protocol.Results] = results
	fields[protocol.Unknown], fields[protocol.Strangeness] = answer.Unknown, answer.Strangeness
	fields[protocol.Network] = milliseconds(time.Since(start))
	if name := message.Get(protocol.Class); name.Truthy() {
		at := slices.Index(h.Classes, name.String())
		if at < 0 {
			return fmt.Errorf("the version in use has not learnt the class %s", name.String())
		}
		return e.explainTaught(h, at, p, rows, fields)
	}
	return nil
}

// also opens a network beside the engine's own.
func (e *engine) also(message js.Value) {
	space, err := feature.Parse(message.Get(protocol.Space).String())
	if err != nil {
		panic("a network that cannot be opened: " + err.Error())
	}
	if e.pupil.others == nil {
		e.pupil.others = map[feature.Space]other{}
	}
	if why := message.Get(protocol.Error); why.Truthy() {
		e.pupil.others[space] = other{err: errors.New(why.String())}
		return
	}
	c, _, err := e.classify(message.Get(protocol.Name).String(), bytesOf(message.Get(protocol.Pack)), message.Get(protocol.Size).Int())
	e.pupil.others[space] = other{c, err}
	runtime.GC() // what opening took
}

// look gives the features of a photo that a head reads. Hurried, it takes those of the plain photo for those of its mirror
// image.
func (e *engine) look(h *head.Head, p *photo.Photo, hurried bool, message js.Value, fields map[string]any) ([][]float32, error) {
	at := make([]int, len(h.Spaces)) // of each space in what is looked at
	var seen []feature.Space
	for i, s := range h.Spaces {
		name := s.Name
		if plain := plainFor(h, name); hurried {
			name = plain
		}
		if at[i] = slices.Index(seen, name); at[i] < 0 {
			at[i], seen = len(seen), append(seen, name)
		}
	}
	got, err := e.see(p, seen, message, fields)
	if err != nil {
		return nil, err
	}
	rows := make([][]float32, len(at))
	for i, k := range at {
		rows[i] = got[k]
	}
	return rows, nil
}

// network returns the classifier of a feature space: the engine's own, or one that was opened besides.
func (e *engine) network(space feature.Space) (*model.Classifier, error) {
	base := space.Of(feature.Plain)
	if base == e.classifier.Space(feature.Plain) {
		return e.classifier, nil
	}
	o, ok := e.pupil.others[base]
	if !ok {
		return nil, fmt.Errorf("this version was learnt with %s, which is not open", base)
	}
	return o.Classifier, o.err
}

// see gives the features of a photo in some spaces, of one network after the other.
func (e *engine) see(p *photo.Photo, spaces []feature.Space, message js.Value, fields map[string]any) ([][]float32, error) {
	rows := make([][]float32, len(spaces))
	for i := range rows {
		if rows[i] != nil {
			continue
		}
		c, err := e.network(spaces[i])
		if err != nil {
			return nil, err
		}
		var views []feature.View
		var at []int
		for k := i; k < len(rows); k++ {
			if spaces[k].Of(feature.Plain) == spaces[i].Of(feature.Plain) {
				views, at = append(views, spaces[k].View), append(at, k)
			}
		}
		e.spread(c, message, fields)
		got, err := c.Features(p, views...)
		if err != nil {
			return nil, err
		}
		for j, k := range at {
			rows[k] = got[j]
		}
	}
	return rows, nil
}

// thumb sends a photo's thumbnail.
func (e *engine) thumb(p *photo.Photo, fields map[string]any) {
	small, err := photo.Thumbnail(p)
	if err != nil {
		return
	}
	picture := js.Global().Get("Uint8Array").New(len(small))
	js.CopyBytesToJS(picture, small)
	e.send(protocol.Thumb, map[string]any{
		protocol.ID: fields[protocol.ID], protocol.Ticket: fields[protocol.Ticket], protocol.Picture: picture,
	}, picture.Get("buffer"))
}

// learn learns a head, or makes its learning curve, and tells how far it is.
func (e *engine) learn(ctx context.Context, message js.Value) {
	fields := map[string]any{protocol.ID: message.Get(protocol.ID), protocol.Ticket: message.Get(protocol.Ticket)}
	err := e.study(ctx, message, fields)
	fields[protocol.Memory] = memory()
	switch {
	case ctx.Err() != nil:
		fields[protocol.Error] = ""
		e.send(protocol.Stopped, fields)
	case err != nil:
		fields[protocol.Error] = strings.TrimPrefix(err.Error(), "head: ")
		e.send(protocol.Stopped, fields)
	}
}

func (e *engine) study(ctx context.Context, message js.Value, fields map[string]any) error {
	var task Task
	if err := json.Unmarshal([]byte(message.Get(protocol.Photos).String()), &task); err != nil {
		return err
	}
	e.pupil.shelf.Keep(task.Spaces)
	if err := e.fetch(ctx, task.Project, task.Spaces, task.IDs); err != nil {
		return err
	}
	tell := func(p head.Progress) {
		if data, err := json.Marshal(p); err == nil {
			e.send(protocol.Progress, map[string]any{protocol.ID: fields[protocol.ID], protocol.Data: string(data), protocol.Memory: memory()})
		}
	}
	if message.Get(protocol.Kind).String() == protocol.Curve {
		h := new(head.Head)
		if err := h.UnmarshalBinary(bytesOf(message.Get(protocol.Data))); err != nil {
			return err
		}
		bank, err := e.pupil.shelf.bank(&task)
		if err != nil {
			return err
		}
		growth, err := head.LearningCurve(ctx, bank, h, breathing(tell))
		if err != nil {
			return err
		}
		data, err := json.Marshal(growth)
		if err != nil {
			return err
		}
		fields[protocol.Data], fields[protocol.Memory] = string(data), memory()
		e.send(protocol.Curved, fields)
		return nil
	}
	states, lesson, err := e.pupil.shelf.Learn(ctx, &task, tell)
	if err != nil {
		return err
	}
	text, err := json.Marshal(lesson)
	if err != nil {
		return err
	}
	fields[protocol.Data], fields[protocol.Last], fields[protocol.Quick] = arrayOf(states.Best), arrayOf(states.Last), arrayOf(states.Quick)
	fields[protocol.Photos], fields[protocol.Memory] = string(text), memory()
	e.send(protocol.Learnt, fields)
	return nil
}

// framed makes a photo of RGBA pixels.
func framed(rgba []byte, w, h int) *photo.Photo {
	p := &photo.Photo{Width: w, Height: h, Pix: make([]byte, 3*w*h), Format: "camera"}
	for i := range w * h {
		copy(p.Pix[3*i:3*i+3], rgba[4*i:])
	}
	return p
}

func bytesOf(array js.Value) []byte {
	data := make([]byte, array.Length())
	js.CopyBytesToGo(data, array)
	return data
}

// arrayOf makes a Uint8Array of bytes, null of none.
func arrayOf(data []byte) any {
	if data == nil {
		return nil
	}
	a := js.Global().Get("Uint8Array").New(len(data))
	js.CopyBytesToJS(a, data)
	return a
}

// bufferOf makes an ArrayBuffer of floats, and floatsOf floats of one. WebAssembly and typed arrays are both little-endian
// wherever browsers run.
func bufferOf(values []float32) js.Value {
	array := js.Global().Get("Uint8Array").New(4 * len(values))
	if len(values) > 0 {
		js.CopyBytesToJS(array, unsafe.Slice((*byte)(unsafe.Pointer(&values[0])), 4*len(values)))
	}
	return array.Get("buffer")
}

func floatsOf(buffer js.Value) []float32 {
	array := js.Global().Get("Uint8Array").New(buffer)
	values := make([]float32, array.Length()/4)
	if len(values) > 0 {
		js.CopyBytesToGo(unsafe.Slice((*byte)(unsafe.Pointer(&values[0])), 4*len(values)), array)
	}
	return values
}
