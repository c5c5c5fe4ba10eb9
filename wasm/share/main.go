//go:build js && wasm

package main

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"runtime/debug"
	"syscall/js"
	"time"

	"homeroom/core/export"
	"homeroom/core/training"
	"homeroom/tools/exports"
	"homeroom/wasm/arrange"
	"homeroom/wasm/blob"
	"homeroom/wasm/protocol"
	"homeroom/wasm/text"
	"homeroom/wasm/tour"
)

// gcPercent is how much the heap may grow before it is collected: files and weights are large.
const gcPercent = 25

// A sharer is what the worker knows between messages.
type sharer struct {
	self   js.Value
	source *exports.Source
	guide  *tour.Guide // of the view of how networks grew, once somebody comes there
}

func main() {
	debug.SetGCPercent(gcPercent)
	s := &sharer{self: js.Global()}
	inbox := protocol.Inbox(s.self)
	s.send(protocol.Started{})
	for message, err := range inbox {
		if err != nil {
			s.send(protocol.Fault{Error: err.Error()})
			continue
		}
		switch m := message.(type) {
		case protocol.Survey:
			s.answer(m.Job, func() (any, error) { return s.survey(m) })
		case protocol.Export:
			s.answer(m.Job, func() (any, error) { return s.export(m) })
		case protocol.Arrange:
			s.answer(m.Job, func() (any, error) {
				places, err := arrange.Plan(m.Task)
				return protocol.Arranged{Done: done(m.Job), Places: places}, err
			})
		case protocol.Merge:
			s.send(protocol.Merged{Done: done(m.Job), Sidecars: arrange.Merge(m.Sidecars)})
		case protocol.Walk:
			s.answer(m.Job, func() (any, error) { return s.walk(m) })
		case protocol.Sum:
			s.answer(m.Job, func() (any, error) { return sum(m) })
		default:
			s.send(protocol.Fault{Error: fmt.Sprintf("%T, which is not for the program that shares", m)})
		}
	}
}

func (s *sharer) answer(job protocol.Job, do func() (any, error)) {
	message, err := do()
	if err != nil {
		message = protocol.Failed{Done: done(job), Error: text.Of(err)}
	}
	s.send(message)
}

// done is what an answer tells. The page never replaces this worker for its memory.
func done(job protocol.Job) protocol.Done { return protocol.Done{Job: job} }

func (s *sharer) send(message any) {
	object, transfer, err := protocol.Encode(message)
	if err != nil {
		object, transfer, _ = protocol.Encode(protocol.Fault{Error: err.Error()})
	}
	s.self.Call("postMessage", object, transfer)
}

// survey reads a project and weighs what can be made of it.
func (s *sharer) survey(m protocol.Survey) (any, error) {
	s.source = nil
	if m.File == nil {
		return nil, errors.New("there is no file to read")
	}
	in := blob.NewReader(m.File.Value)
	defer in.Close()
	source, err := exports.Open("the project", in, in.Size())
	if err != nil {
		return nil, err
	}
	out := protocol.Surveyed{Done: done(m.Job)}
	if len(source.Networks()) > 0 {
		packs := map[string][]byte{}
		for _, p := range m.Packs {
			packs[p.Name] = bytesOf(p.Pack)
		}
		if err := source.Supply(packs); err != nil {
			return nil, err
		}
	}
	for _, o := range source.Offers() {
		out.Offers = append(out.Offers, protocol.Offer{Format: o.Format, Weights: string(o.Weights), Quick: o.Quick, Bytes: o.Bytes, Parts: o.Parts, Refused: o.Refused, Carries: o.Carries, Notes: o.Notes})
	}
	s.source = source
	return out, nil
}

// sum reads a file to its end.
func sum(m protocol.Sum) (any, error) {
	if m.File == nil {
		return nil, errors.New("there is no file to read")
	}
	in := blob.NewReader(m.File.Value)
	defer in.Close()
	crc := crc32.NewIEEE()
	n, err := io.CopyBuffer(crc, io.NewSectionReader(in, 0, in.Size()), make([]byte, 1<<20))
	return protocol.Summed{Done: done(m.Job), CRC32: int(crc.Sum32()), Bytes: n}, err
}

// bytesOf copies a Uint8Array; nil has no bytes.
func bytesOf(o protocol.Object) []byte {
	if o == nil {
		return nil
	}
	data := make([]byte, o.Value.Length())
	js.CopyBytesToGo(data, o.Value)
	return data
}

// breath is how often the page is told how far it is.
const breath = 60 * time.Millisecond

// export makes a file.
func (s *sharer) export(m protocol.Export) (any, error) {
	if s.source == nil {
		return nil, errors.New("no project is open")
	}
	var file bytes.Buffer
	element := map[string][]byte{}
	for _, p := range m.Parts {
		element[p.Name] = bytesOf(p.Pack)
	}
	last := time.Now()
	d, err := s.source.Export(&file, exports.Choice{Format: m.Format, Weights: export.Weights(m.Weights), Quick: m.Quick, Element: element}, func(done, of int) {
		if time.Since(last) > breath {
			last = time.Now()
			s.send(protocol.Progress{ID: m.ID, Progress: training.Progress{Stage: fmt.Sprintf("photo %d of %d", done, of), Share: float64(done) / float64(of)}})
		}
	})
	if err != nil {
		return nil, err
	}
	array := js.Global().Get("Uint8Array").New(file.Len())
	js.CopyBytesToJS(array, file.Bytes())
	made := js.Global().Get("Blob").New([]any{array}, map[string]any{"type": "application/octet-stream"})
	return protocol.Exported{Done: done(m.Job), File: protocol.Of(made), Photos: d.Photos, Same: d.Same, Largest: d.Largest, Strangeness: d.Strangeness}, nil
}
