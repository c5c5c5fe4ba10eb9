//go:build js && wasm

package worker

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"runtime"
	"runtime/debug"
	"syscall/js"
	"time"

	"homeroom/core/graph"
	"homeroom/core/model"
	"homeroom/core/photo"
	"homeroom/core/tensor"
	"homeroom/wasm/blob"
	"homeroom/wasm/crew"
	"homeroom/wasm/protocol"
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
	pupil      pupil
}

// Run answers messages for as long as the worker lives.
func Run() {
	debug.SetGCPercent(GCPercent)
	e := &engine{self: js.Global(), limits: photo.DefaultLimits}
	var lack error
	e.team, lack = crew.New()
	inbox := make(chan js.Value, 16)
	e.self.Call("addEventListener", "message", js.FuncOf(func(_ js.Value, args []js.Value) any {
		inbox <- args[0].Get("data")
		return nil
	}))
	e.send(protocol.Started, nil)
	go e.gather(lack)
	runtime.Gosched() // the helpers start meanwhile
	rehearse()
	for message := range inbox {
		switch message.Get(protocol.Kind).String() {
		case protocol.Open:
			e.open(message)
		case protocol.Photo:
			e.photo(message)
		case protocol.Explain:
			fields := map[string]any{protocol.ID: message.Get(protocol.ID), protocol.Ticket: message.Get(protocol.Ticket)}
			e.finish(protocol.Explained, fields, e.explain(message, fields))
		case protocol.Inside:
			fields := map[string]any{protocol.ID: message.Get(protocol.ID), protocol.Ticket: message.Get(protocol.Ticket)}
			e.finish(protocol.Seen, fields, e.inside(message, fields))
		case protocol.Bench:
			e.bench(message)
		default:
			e.teach(message)
		}
	}
}

// rehearse has the browser compile what reads a photo, on a small one, while the network is still on its way.
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
		lack = crew.Gather(e.team)
	}
	if lack != nil {
		e.send(protocol.Crewed, map[string]any{protocol.Threads: 1, protocol.Error: lack.Error()})
		return
	}
	e.gathered = true
	e.send(protocol.Crewed, map[string]any{protocol.Threads: e.team.Threads()})
}

func (e *engine) send(kind string, fields map[string]any, transfer ...any) {
	if fields == nil {
		fields = make(map[string]any)
	}
	fields[protocol.Kind] = kind
	e.self.Call("postMessage", fields, transfer)
}

// open reads the pack of a message and makes its classifier.
func (e *engine) open(message js.Value) {
	pack := message.Get(protocol.Pack)
	data := make([]byte, pack.Length())
	js.CopyBytesToGo(data, pack)
	classifier, m, err := e.classify(message.Get(protocol.Name).String(), data, message.Get(protocol.Size).Int())
	if err != nil {
		e.send(protocol.Refused, map[string]any{protocol.Error: err.Error()})
		return
	}
	e.classifier = classifier
	runtime.GC() // what opening took, before a photo comes
	e.send(protocol.Opened, map[string]any{protocol.Size: classifier.Size(), protocol.Classes: len(m.Labels), protocol.Memory: memory()})
}

func (e *engine) classify(name string, data []byte, size int) (*model.Classifier, *model.Model, error) {
	m, err := model.Read(name, data)
	if err != nil {
		return nil, nil, err
	}
	c, err := model.NewClassifier(m, model.Options{Size: size, Team: e.team, Keep: kept(m), Heat: !m.Attends()})
	return c, m, err
}

// kept names the layers that teaching looks at: the feature vector, and the map that heat maps are made of.
func kept(m *model.Model) []string {
	var names []string
	for _, name := range []string{m.Graph.Feature, m.Graph.Map} {
		if name != "" {
			names = append(names, name)
		}
	}
	return names
}

// photo names one photo and answers with either Named or Failed.
func (e *engine) photo(message js.Value) {
	fields := map[string]any{protocol.ID: message.Get(protocol.ID), protocol.Ticket: message.Get(protocol.Ticket)}
	if err := e.name(message, fields); err != nil {
		fields[protocol.Error] = err.Error()
		fields[protocol.Memory] = memory()
		e.send(protocol.Failed, fields)
		return
	}
	fields[protocol.Memory] = memory()
	e.send(protocol.Named, fields)
}

func (e *engine) name(message js.Value, fields map[string]any) error {
	file := message.Get(protocol.File)
	p, _, took, err := e.decode(file)
	if err != nil {
		return err
	}
	// The thumbnail goes first: a card shows its photo while the network still runs.
	e.thumb(p, fields)
	e.spread(e.classifier, message, fields)
	answer := e.classifier.Answer(p, message.Get(protocol.Top).Int())
	results := make([]any, len(answer.Results))
	for i, r := range answer.Results {
		results[i] = map[string]any{protocol.Index: r.Index, protocol.Label: r.Label, protocol.Score: r.Score}
	}
	fields[protocol.Width], fields[protocol.Height], fields[protocol.Damaged] = p.Width, p.Height, p.Damaged
	fields[protocol.Results] = results
	fields[protocol.Decode] = float64(took) / float64(time.Millisecond)
	fields[protocol.Resize] = answer.Milliseconds.Resize
	fields[protocol.Network] = answer.Milliseconds.Network
	return nil
}

// spread has the next run use all threads where the page says that this worker has the device to itself.
func (e *engine) spread(c *model.Classifier, message js.Value, fields map[string]any) {
	together := e.gathered && message.Get(protocol.Alone).Truthy()
	c.Program().Alone = !together
	fields[protocol.Threads] = 1
	if together {
		fields[protocol.Threads] = e.team.Threads()
	}
}

// decode reads a file and makes it a photo, by the browser's decoder where ours does not know the format or calls the
// file damaged. The file's bytes come with it.
func (e *engine) decode(file js.Value) (*photo.Photo, []byte, time.Duration, error) {
	if n := file.Get("size").Float(); n > mostFileBytes {
		return nil, nil, 0, fmt.Errorf("the file has %.0f MB, more than the %d MB that can be read here; save a smaller copy of it", n/1e6, mostFileBytes/1_000_000)
	}
	data, err := blob.Bytes(file)
	if err != nil {
		return nil, nil, 0, err
	}
	start := time.Now()
	p, err := photo.Decode(data, e.limits)
	if errors.Is(err, photo.ErrUnsupported) || errors.Is(err, photo.ErrDamaged) {
		if q, other := byBrowser(file, e.limits); other == nil {
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

// memory is the size of the program's linear memory, in bytes. It never shrinks, so the page replaces a worker that once
// needed very much.
func memory() float64 {
	return js.Global().Get("homeroom").Get("crew").Get("memory").Get("buffer").Get("byteLength").Float()
}
