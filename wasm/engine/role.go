//go:build js && wasm

package engine

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/jpeg"
	"runtime"
	"runtime/debug"
	"syscall/js"
	"time"

	"homeroom/core/fault"
	"homeroom/core/graph"
	"homeroom/core/model"
	"homeroom/core/photo"
	"homeroom/core/tensor"
	"homeroom/core/training"
	"homeroom/wasm/blob"
	"homeroom/wasm/digest"
	"homeroom/wasm/promise"
	"homeroom/wasm/protocol"
	"homeroom/wasm/text"
	"homeroom/wasm/threads"
)

// mostFileBytes is the largest file that a worker reads into memory.
const mostFileBytes = 256 << 20

// An engine is what a worker knows between messages.
type engine struct {
	self       js.Value
	classifier *model.Classifier
	limits     photo.Limits
	team       *graph.Team // nil where there is none
	gathered   bool        // the team's helpers are there
	taught     taught
	pouring    *pouring // nil where no pack comes
	laid       laid     // to be compared
}

// Run answers messages for as long as the worker lives.
func Run() {
	debug.SetGCPercent(GCPercent)
	e := &engine{self: js.Global(), limits: photo.DefaultLimits}
	var lack error
	e.team, lack = threads.New()
	inbox := protocol.Inbox(e.self)
	e.send(protocol.Started{})
	go e.gather(lack)
	runtime.Gosched() // the helpers start meanwhile
	rehearse()
	for message, err := range inbox {
		if err != nil {
			e.send(protocol.Fault{Error: err.Error()})
			continue
		}
		opens := opens(message)
		e.receive(message)
		if opens { // before a photo comes; the message with its pack goes, too, being of no use any more
			runtime.GC()
		}
	}
}

// opens reports whether a message has a network opened, which takes more than stays.
func opens(message any) bool {
	switch message.(type) {
	case protocol.Open, protocol.OpenAlso:
		return true
	}
	return false
}

// receive does what a message is for.
func (e *engine) receive(message any) {
	switch m := message.(type) {
	case protocol.Poured:
		e.pour(m)
	case protocol.Open:
		e.open(m)
	case protocol.Classify:
		e.answer(m.Job, func() (any, error) { return e.name(m) })
	case protocol.Explain:
		e.answer(m.Job, func() (any, error) {
			heat, err := e.explain(m)
			return protocol.Explained{Done: done(m.Job), Heat: heat}, err
		})
	case protocol.Inspect:
		e.answer(m.Job, func() (any, error) { return e.inspect(m) })
	case protocol.Measure:
		e.answer(m.Job, func() (any, error) { return e.measure(m), nil })
	case protocol.Lay:
		e.finish(m.Job, func() (any, error) {
			return protocol.Laid{Done: done(m.Job)}, e.laid.lay(m.From, m.Photos, vectorsOf(m.Vectors))
		})
	case protocol.Compare:
		e.compare(m)
	case protocol.Rank:
		e.finish(m.Job, func() (any, error) {
			out := protocol.Ranked{}
			out.Photos, out.Cosines = nearest(vectorsOf(m.Vectors), m.Most)
			out.Done = done(m.Job)
			return out, nil
		})
	case protocol.Map:
		e.finish(m.Job, func() (any, error) { return e.mapped(m) })
	case protocol.Digest:
		e.finish(m.Job, func() (any, error) { return digested(m) })
	default:
		e.teach(m)
	}
}

// compare finds what is alike, while messages go on coming in.
func (e *engine) compare(m protocol.Compare) {
	photos := e.laid
	e.run(m.Job, func(ctx context.Context) (any, error) {
		tell := breathing(e.tell(m.Job))
		groups := photos.groups(func(share float64) bool {
			tell(training.Progress{Share: share})
			return ctx.Err() == nil
		})
		return protocol.Compared{Done: done(m.Job), Groups: groups}, nil
	})
	e.laid = nil
}

// vectorsOf are the bytes of features.
func vectorsOf(objects []protocol.Object) [][]byte {
	out := make([][]byte, len(objects))
	for i, v := range objects {
		if v != nil {
			out[i] = bytesOf(protocol.Of(js.Global().Get("Uint8Array").New(v.Value)))
		}
	}
	return out
}

// look is by what a photo is compared that the network has just run on.
func (e *engine) look(p *photo.Photo, data []byte) protocol.Look {
	out := protocol.Look{Taken: photo.Taken(data), PerceptualHash: photo.PerceptualHash(p)}
	if features, err := e.classifier.LastFeatures(); err == nil {
		out.Vector = shortVector(features)
	}
	return out
}

func shortVector(features []float32) protocol.Object {
	short := shortened(features)
	array := js.Global().Get("Uint8Array").New(len(short))
	js.CopyBytesToJS(array, short)
	return protocol.Of(array.Get("buffer"))
}

// mostDigested is the most bytes of a file that are compared with others.
const mostDigested = 1 << 30

// digested reads a file to its end.
func digested(m protocol.Digest) (any, error) {
	if n := m.File.Value.Get("size").Float(); n > mostDigested {
		return nil, fault.Errorf("the file has %.0f MB, too many to compare it with others", n/1e6)
	}
	data, err := promise.AwaitCall(m.File.Value, "arrayBuffer")
	if err != nil {
		return nil, err
	}
	return protocol.Digested{SHA256: digest.SHA256(data), Done: done(m.Job)}, nil
}

var errNoNetwork = errors.New("no network is open")

// answer sends what do gives, or why it cannot be.
func (e *engine) answer(job protocol.Job, do func() (any, error)) {
	if e.classifier == nil {
		e.send(protocol.Failed{Done: done(job), Error: text.Of(errNoNetwork)})
		return
	}
	e.finish(job, do)
}

func (e *engine) finish(job protocol.Job, do func() (any, error)) {
	message, err := do()
	if err == nil {
		err = e.post(message)
	}
	if err != nil {
		e.send(protocol.Failed{Done: done(job), Error: text.Of(err)})
	}
}

// seen is what is told of a photo.
func seen(p *photo.Photo) protocol.Seen {
	w, h := p.Size()
	return protocol.Seen{Width: w, Height: h, Damaged: p.Damaged}
}

// done is what an answer to a job tells.
func done(job protocol.Job) protocol.Done { return protocol.Done{Job: job, Memory: memory()} }

// rehearse has the browser compile what reads a photo, on a small one, while the network is still
// on its way.
func rehearse() {
	var file bytes.Buffer
	small := image.NewYCbCr(image.Rect(0, 0, 64, 48), image.YCbCrSubsampleRatio420)
	for i := range small.Y {
		small.Y[i] = byte(i * 37)
	}
	if jpeg.Encode(&file, small, nil) != nil {
		return
	}
	p, err := photo.Decode(file.Bytes(), photo.DefaultLimits)
	if err != nil {
		return
	}
	_, _ = photo.Thumbnail(p)
	prep := photo.Preprocess{Size: 32, CropFraction: 0.875, Interpolation: photo.Bicubic, Std: [3]float64{1, 1, 1}}
	prep.Apply(tensor.Tensor{Shape: tensor.Shape{H: 32, W: 32, C: 3}, Data: make([]float32, 32*32*3)}, p)
}

// gather waits for the helpers of the team, while the engine already answers without them.
func (e *engine) gather(lack error) {
	if lack == nil {
		lack = threads.Gather(e.team)
	}
	if lack != nil {
		e.send(protocol.Gathered{Threads: 1, Error: text.Of(lack)})
		return
	}
	e.gathered = true
	e.send(protocol.Gathered{Threads: e.team.Threads()})
}

// send posts a message to the page; one that cannot be written is told of.
func (e *engine) send(message any) {
	if err := e.post(message); err != nil {
		_ = e.post(protocol.Fault{Error: err.Error()})
	}
}

func (e *engine) post(message any) error {
	object, transfer, err := protocol.Encode(message)
	if err == nil {
		e.self.Call("postMessage", object, transfer)
	}
	return err
}

// open makes a classifier of the pack of a message, or of what was poured.
func (e *engine) open(m protocol.Open) {
	var classifier *model.Classifier
	var err error
	if m.Came {
		var poured *model.Model
		if poured, err = e.poured(); err == nil {
			classifier, err = e.classifierOf(poured, m)
		}
	} else {
		classifier, err = e.classify(m)
	}
	e.drop()
	if err != nil {
		e.send(protocol.Refused{Error: text.Of(err)})
		return
	}
	e.classifier = classifier
	e.send(protocol.Opened{Size: classifier.Size(), Classes: len(classifier.Model.Labels), Memory: memory()})
}

// classify makes a classifier of a pack. Nearly all that this allocates stays: to collect meanwhile
// would go through it again and again, and find nothing.
func (e *engine) classify(wanted protocol.Open) (*model.Classifier, error) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	m, err := model.Read(wanted.Name, takeBytes(wanted.Pack))
	if err != nil {
		return nil, err
	}
	return e.classifierOf(m, wanted)
}

func (e *engine) classifierOf(m *model.Model, wanted protocol.Open) (*model.Classifier, error) {
	c, err := model.NewClassifier(m, model.Options{Size: wanted.Size, Team: e.team, Keep: outputs(m), Heat: !m.Attends(), Exact: wanted.Exact})
	if err == nil {
		c.Limits = e.limits
	}
	return c, err
}

// outputs names the layers that teaching reads: the feature vector, and the map that heat maps are
// made of.
func outputs(m *model.Model) []string {
	var names []string
	for _, name := range []string{m.Graph.Feature, m.Graph.Map} {
		if name != "" {
			names = append(names, name)
		}
	}
	return names
}

// name names one photo.
func (e *engine) name(m protocol.Classify) (any, error) {
	if m.Frame != nil {
		return e.nameFrame(m)
	}
	p, data, took, err := e.decode(m.File)
	if err != nil {
		return nil, err
	}
	// The thumbnail goes first: a card shows its photo while the network still runs.
	e.thumb(p, m.Job)
	threads := e.spread(e.classifier, m.Alone)
	answer := e.classifier.Answer(p, m.Top)
	return protocol.Named{
		Done: done(m.Job), Seen: seen(p), Look: e.look(p, data), Results: resultsOf(answer), Decode: milliseconds(took), Resize: answer.Milliseconds.Resize,
		Network: answer.Milliseconds.Network, Threads: threads,
	}, nil
}

func resultsOf(answer model.Answer) []protocol.Result {
	out := make([]protocol.Result, len(answer.Results))
	for i, r := range answer.Results {
		out[i] = protocol.Result{Index: r.Index, Label: r.Label, Score: r.Score}
	}
	return out
}

// nameFrame names a picture of the camera.
func (e *engine) nameFrame(m protocol.Classify) (any, error) {
	p, err := framed(bytesOf(m.Frame), m.Width, m.Height)
	if err != nil {
		return nil, err
	}
	threads := e.spread(e.classifier, m.Alone)
	answer := e.classifier.Answer(p, m.Top)
	return protocol.Named{Done: done(m.Job), Seen: seen(p), Results: resultsOf(answer), Resize: answer.Milliseconds.Resize, Network: answer.Milliseconds.Network, Threads: threads}, nil
}

// spread has the next run use all threads where the page says that this worker has the device to
// itself, and returns how many that are.
func (e *engine) spread(c *model.Classifier, alone bool) (threads int) {
	together := e.gathered && alone
	c.Program().Alone = !together
	if together {
		return e.team.Threads()
	}
	return 1
}

// decode reads a file and makes it a photo, by the browser's decoder where ours does not know the
// format or calls the file damaged. The file's bytes come with it.
func (e *engine) decode(object protocol.Object) (*photo.Photo, []byte, time.Duration, error) {
	if object == nil {
		return nil, nil, 0, errors.New("there is no file to read")
	}
	file := object.Value
	if n := file.Get("size").Float(); n > mostFileBytes {
		return nil, nil, 0, fault.Errorf("the file has %.0f MB, more than the %d MB that can be read here; save a smaller copy of it", n/1e6, mostFileBytes/1_000_000)
	}
	data, err := blob.Bytes(file)
	if err != nil {
		return nil, nil, 0, err
	}
	start := time.Now()
	p, err := e.classifier.Decode(data)
	if errors.Is(err, photo.ErrUnsupported) || errors.Is(err, photo.ErrDamaged) {
		if q, other := byBrowser(file, data, e.limits); other == nil {
			if errors.Is(err, photo.ErrDamaged) {
				q.Damaged = "the browser's decoder could still read it"
			}
			p, err = q, nil
		} else if errors.Is(other, photo.ErrTooLarge) {
			err = other
		}
	}
	return p, data, time.Since(start), err
}

// memory is the size of the program's linear memory, in bytes. It never shrinks, so the page
// replaces a worker that once needed very much.
func memory() float64 {
	return js.Global().Get("homeroom").Get("threads").Get("memory").Get("buffer").Get("byteLength").Float()
}
