//go:build js && wasm

package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"syscall/js"
	"time"
	"unsafe"

	"homeroom/core/bank"
	"homeroom/core/fault"
	"homeroom/core/feature"
	"homeroom/core/head"
	"homeroom/core/model"
	"homeroom/core/photo"
	"homeroom/core/project"
	"homeroom/core/training"
	"homeroom/wasm/digest"
	"homeroom/wasm/protocol"
	"homeroom/wasm/store"
	"homeroom/wasm/text"
)

// taught is what a worker knows of a person's own classes: the head that it answers with, or the
// features that it learns from.
type taught struct {
	head    *head.Head
	headErr error
	quick   *head.Head // that reads one view, for a camera that the head is too slow for; nil for none
	pace    pace
	others  map[feature.Space]other // networks beside the engine's own that the head reads, by the space of the plain view
	samples Samples
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
func (e *engine) teach(message any) {
	switch m := message.(type) {
	case protocol.Read:
		e.answer(m.Job, func() (any, error) { return e.read(m) })
	case protocol.OpenAlso:
		e.openAlso(m)
	case protocol.UseHead:
		e.useHead(m)
	case protocol.Ask:
		e.answer(m.Job, func() (any, error) { return e.ask(m) })
	case protocol.Hold:
		if err := e.taught.samples.Hold(m.Space, []*project.Photo{&m.Photo}, floatsOf(m.Vector)); err != nil {
			e.send(protocol.Fault{Error: "features that cannot be held: " + err.Error()})
		}
	case protocol.Forget:
		e.taught.samples.Forget(m.ID)
	case protocol.Learn:
		e.begin(m.Job, m.Task, func(ctx context.Context) (any, error) { return e.learn(ctx, m) })
	case protocol.Curve:
		e.begin(m.Job, m.Task, func(ctx context.Context) (any, error) { return e.curve(ctx, m) })
	case protocol.Choose:
		e.begin(m.Job, m.Task, func(context.Context) (any, error) { return e.choose(m) })
	case protocol.Stop:
		e.endLearning()
		e.laid = nil
	case protocol.WriteFile:
		e.endLearning()
		e.finish(m.Job, func() (any, error) { return e.writeFile(m) })
	case protocol.ReadFile:
		e.endLearning()
		e.finish(m.Job, func() (any, error) { return e.readFile(m) })
	case protocol.Restore:
		e.endLearning()
		e.finish(m.Job, func() (any, error) { return e.restore(m) })
	default:
		e.send(protocol.Fault{Error: fmt.Sprintf("%T, which is not for the engine", m)})
	}
}

// useHead takes the head that questions are answered with.
func (e *engine) useHead(m protocol.UseHead) {
	e.taught.head, e.taught.headErr, e.taught.quick = nil, nil, nil
	h := new(head.Head)
	if err := h.UnmarshalBinary(bytesOf(m.Head)); err != nil {
		e.taught.headErr = err
		return
	}
	e.taught.head = h
	if m.Quick != nil {
		quick := new(head.Head)
		if quick.UnmarshalBinary(bytesOf(m.Quick)) == nil && slices.Equal(quick.Classes, h.Classes) {
			e.taught.quick = quick
		}
	}
	e.taught.pace = newPace(h, e.taught.quick != nil)
	for space := range e.taught.others {
		if !slices.ContainsFunc(h.Spaces, func(s bank.Space) bool { return s.Name.Of(feature.Plain) == space }) {
			delete(e.taught.others, space)
		}
	}
}

func (e *engine) endLearning() {
	if e.taught.stop != nil {
		e.taught.stop()
		<-e.taught.learnt
		e.taught.stop = nil
	}
}

// read gives a photo's features.
func (e *engine) read(m protocol.Read) (any, error) {
	p, data, took, err := e.decode(m.File)
	if err != nil {
		return nil, err
	}
	hash := digest.Bytes(data)
	e.thumb(p, m.Job)
	start := time.Now()
	rows, err := e.see(p, m.Spaces, m.Alone)
	if err != nil {
		return nil, err
	}
	vectors := make([]protocol.Object, len(rows))
	for i, row := range rows {
		vectors[i] = bufferOf(row)
	}
	return protocol.Features{
		Done: done(m.Job), Seen: seen(p), Hash: hash, PerceptualHash: photo.PerceptualHash(p), Taken: photo.Taken(data), Spaces: m.Spaces, Vectors: vectors,
		Decode: milliseconds(took), Network: milliseconds(time.Since(start)),
	}, nil
}

// ask names a photo by the head.
func (e *engine) ask(m protocol.Ask) (any, error) {
	if e.taught.headErr != nil {
		return nil, e.taught.headErr
	}
	h := e.taught.head
	if h == nil {
		return nil, errors.New("nothing has been learnt yet")
	}
	var p *photo.Photo
	var look protocol.Look
	live := m.Frame != nil
	if live {
		var err error
		if p, err = framed(bytesOf(m.Frame), m.Width, m.Height); err != nil {
			return nil, err
		}
	} else {
		var err error
		var data []byte
		if p, data, _, err = e.decode(m.File); err != nil {
			return nil, err
		}
		look.Taken, look.PerceptualHash = photo.Taken(data), photo.PerceptualHash(p)
		e.thumb(p, m.Job)
	}
	start := time.Now()
	way := protocol.AllViews
	if live {
		way = e.taught.pace.way()
	}
	if way == protocol.Once {
		h = e.taught.quick
	}
	rows, err := e.features(h, p, way == protocol.NoMirror, m.Alone)
	if err != nil {
		return nil, err
	}
	if live {
		e.taught.pace.took(time.Since(start))
	}
	answer, err := h.Answer(rows)
	if err != nil {
		return nil, err
	}
	if !live && len(rows) > 0 {
		look.Vector = shortVector(rows[0])
	}
	out := protocol.Told{Seen: seen(p), Look: look, Unknown: answer.Unknown, Strangeness: answer.Strangeness, Views: way}
	for i, name := range h.Classes {
		out.Results = append(out.Results, protocol.Result{Index: i, Label: name, Score: answer.Probabilities[i]})
	}
	out.Network = milliseconds(time.Since(start))
	if m.Class != "" {
		at := slices.Index(h.Classes, m.Class)
		if at < 0 {
			return nil, fault.Errorf("the version in use has not learnt the class %s", m.Class)
		}
		if out.Heat, err = e.explainTaught(h, at, p, rows); err != nil {
			return nil, err
		}
	}
	out.Done = done(m.Job)
	return out, nil
}

// openAlso opens a network beside the engine's own.
func (e *engine) openAlso(m protocol.OpenAlso) {
	if e.taught.others == nil {
		e.taught.others = map[feature.Space]other{}
	}
	if m.Error != "" {
		e.taught.others[m.Space] = other{err: errors.New(m.Error)}
		return
	}
	c, err := e.classify(protocol.Open{Name: m.Space.Network, Pack: m.Pack, Size: m.Space.Size})
	e.taught.others[m.Space] = other{c, err}
	runtime.GC() // what opening took
}

// features gives the features of a photo that a head reads. With unmirrored, it takes those of the
// plain photo for those of its mirror image.
func (e *engine) features(h *head.Head, p *photo.Photo, unmirrored, alone bool) ([][]float32, error) {
	at := make([]int, len(h.Spaces)) // of each space in what is read
	var seen []feature.Space
	for i, s := range h.Spaces {
		name := s.Name
		if plain := plainFor(h, name); unmirrored {
			name = plain
		}
		if at[i] = slices.Index(seen, name); at[i] < 0 {
			at[i], seen = len(seen), append(seen, name)
		}
	}
	got, err := e.see(p, seen, alone)
	if err != nil {
		return nil, err
	}
	rows := make([][]float32, len(at))
	for i, k := range at {
		rows[i] = got[k]
	}
	return rows, nil
}

// network returns the classifier of a feature space: the engine's own, or one that was opened
// besides.
func (e *engine) network(space feature.Space) (*model.Classifier, error) {
	base := space.Of(feature.Plain)
	if base == e.classifier.Space(feature.Plain) {
		return e.classifier, nil
	}
	o, ok := e.taught.others[base]
	if !ok {
		return nil, fault.Errorf("this version was learnt with %s, which is not open", base)
	}
	return o.Classifier, o.err
}

// see gives the features of a photo in some spaces, of one network after the other.
func (e *engine) see(p *photo.Photo, spaces []feature.Space, alone bool) ([][]float32, error) {
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
		e.spread(c, alone)
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
func (e *engine) thumb(p *photo.Photo, job protocol.Job) {
	if small, err := photo.Thumbnail(p); err == nil {
		e.send(protocol.Thumbnail{Job: job, Picture: blobOf(small, "image/jpeg")})
	}
}

// begin learns while messages go on coming in, and ends what was being learnt before.
func (e *engine) begin(job protocol.Job, task protocol.Task, do func(context.Context) (any, error)) {
	e.run(job, func(ctx context.Context) (any, error) {
		e.taught.samples.Keep(task.Spaces)
		if err := e.fetch(ctx, &e.taught.samples, task.Project, task.Spaces, task.IDs); err != nil {
			return nil, err
		}
		return do(ctx)
	})
}

// run works while messages go on coming in, and ends what it was at before. It sends what do gives,
// or Stopped.
func (e *engine) run(job protocol.Job, do func(context.Context) (any, error)) {
	e.endLearning()
	ctx, stop := context.WithCancel(context.Background())
	learnt := make(chan struct{})
	e.taught.stop, e.taught.learnt = stop, learnt
	go func() {
		defer close(learnt)
		message, err := do(ctx)
		switch {
		case ctx.Err() != nil:
			e.send(protocol.Stopped{Done: done(job)})
			return
		case err == nil:
			err = e.post(message)
		}
		if err != nil {
			e.send(protocol.Stopped{Done: done(job), Error: text.Of(err)})
		}
	}()
}

// tell makes a function that sends progress.
func (e *engine) tell(job protocol.Job) func(training.Progress) {
	return func(p training.Progress) { e.send(protocol.Progress{ID: job.ID, Progress: p}) }
}

// curve makes the learning curve of a head.
func (e *engine) curve(ctx context.Context, m protocol.Curve) (any, error) {
	h := new(head.Head)
	if err := h.UnmarshalBinary(bytesOf(m.Head)); err != nil {
		return nil, err
	}
	bank, err := e.taught.samples.bank(&m.Task)
	if err != nil {
		return nil, err
	}
	growth, err := training.LearningCurve(ctx, bank, h, breathing(e.tell(m.Job)))
	if err != nil {
		return nil, err
	}
	return protocol.Curved{Done: done(m.Job), Growth: *growth}, nil
}

// choose chooses photos to ask about.
func (e *engine) choose(m protocol.Choose) (any, error) {
	var heads []*head.Head
	for _, object := range []protocol.Object{m.Head, m.Quick} {
		if object == nil {
			continue
		}
		h := new(head.Head)
		if err := h.UnmarshalBinary(bytesOf(object)); err != nil {
			return nil, err
		}
		h.Pack()
		heads = append(heads, h)
	}
	asked, err := e.taught.samples.Choose(heads, &m.Task, m.Most)
	return protocol.Chosen{Done: done(m.Job), Asked: asked}, err
}

// learn learns a head.
func (e *engine) learn(ctx context.Context, m protocol.Learn) (any, error) {
	states, trained, err := e.taught.samples.Learn(ctx, &m.Task, e.tell(m.Job))
	if err != nil {
		return nil, err
	}
	return protocol.Learnt{Done: done(m.Job), Head: arrayOf(states.Best), Last: arrayOf(states.Last), Quick: arrayOf(states.Quick), Bytes: len(states.Best), Trained: *trained}, nil
}

// framed makes a photo of RGBA pixels.
func framed(rgba []byte, w, h int) (*photo.Photo, error) {
	if w < 1 || h < 1 || len(rgba) != 4*w*h {
		return nil, fault.Errorf("a picture of %d × %d pixels has %d bytes", w, h, len(rgba))
	}
	p := &photo.Photo{Width: w, Height: h, Pix: make([]byte, 3*w*h), Format: "camera"}
	for i := range w * h {
		copy(p.Pix[3*i:3*i+3], rgba[4*i:])
	}
	return p, nil
}

// bytesOf copies a typed array of bytes, nothing of none.
func bytesOf(object protocol.Object) []byte {
	if object == nil {
		return nil
	}
	data := make([]byte, object.Value.Length())
	js.CopyBytesToGo(data, object.Value)
	return data
}

// takeBytes is bytesOf of what is not read again: the browser has its memory back at once, where it
// can (ArrayBuffer.transfer, of 2023 and 2024), and else some time later.
func takeBytes(object protocol.Object) []byte {
	data := bytesOf(object)
	if object != nil {
		if buffer := object.Value.Get("buffer"); buffer.Get("transfer").Truthy() {
			buffer.Call("transfer", 0)
		}
	}
	return data
}

// blobOf makes a Blob of a picture of a media type. The page would wait for the browser to make it.
func blobOf(data []byte, kind string) protocol.Object {
	return protocol.Of(js.Global().Get("Blob").New([]any{protocol.Value(arrayOf(data))}, map[string]any{"type": kind}))
}

// arrayOf makes a Uint8Array of bytes, nil of none.
func arrayOf(data []byte) protocol.Object {
	if data == nil {
		return nil
	}
	a := js.Global().Get("Uint8Array").New(len(data))
	js.CopyBytesToJS(a, data)
	return protocol.Of(a)
}

// bufferOf makes an ArrayBuffer of floats, and floatsOf floats of one. WebAssembly and typed arrays
// are both little-endian wherever browsers run.
func bufferOf(values []float32) protocol.Object {
	array := js.Global().Get("Uint8Array").New(4 * len(values))
	if len(values) > 0 {
		js.CopyBytesToJS(array, unsafe.Slice((*byte)(unsafe.Pointer(&values[0])), 4*len(values)))
	}
	return protocol.Of(array.Get("buffer"))
}

func floatsOf(object protocol.Object) []float32 {
	if object == nil {
		return nil
	}
	array := js.Global().Get("Uint8Array").New(object.Value)
	values := make([]float32, array.Length()/4)
	if len(values) > 0 {
		js.CopyBytesToGo(unsafe.Slice((*byte)(unsafe.Pointer(&values[0])), 4*len(values)), array)
	}
	return values
}
