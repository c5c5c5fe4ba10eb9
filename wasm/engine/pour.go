//go:build js && wasm

package engine

import (
	"errors"
	"time"

	"homeroom/core/model"
	"homeroom/wasm/protocol"
)

// pouring is a pack that comes, and is opened meanwhile.
type pouring struct {
	flow *flow
	got  int64
	done chan struct{} // closed once it was read to its end, or an error
	m    *model.Model
	err  error
}

// pour takes a part of a pack. One that does not follow the part before is left: what was to be
// opened with it is told to be cut short.
func (e *engine) pour(m protocol.Poured) {
	if m.At == 0 {
		e.drop()
		e.pouring = &pouring{flow: newFlow(), done: make(chan struct{})}
		go e.pouring.read(e)
	}
	if p := e.pouring; p != nil && p.got == int64(m.At) {
		data := takeBytes(m.Data)
		p.got += int64(len(data))
		p.flow.put(data)
	}
}

// drop lets go of what was poured.
func (e *engine) drop() {
	if e.pouring != nil {
		e.pouring.flow.end()
		e.pouring = nil
	}
}

// read opens the pack as it comes. Where there is time, it runs what is there of the network, so
// that the browser has compiled the kernels well before the first photo.
func (p *pouring) read(e *engine) {
	defer close(p.done)
	// What is wrong with a pack is told of its address, which is known once it is to be opened.
	in, err := model.ReadFrom(packName, p.flow)
	if err != nil {
		p.err = err
		return
	}
	rehearse := rehearsals{began: time.Now()}
	p.flow.idle = func() {
		if rehearse.due(time.Now(), p.got, in.Size()) {
			_ = in.Rehearse(0, e.team, !e.gathered) // what cannot be run is told of when it is to be
		}
	}
	p.m, p.err = in.All()
}

// packName is what errors call what was poured.
const packName = "the pack"

var errNotPoured = errors.New("nothing of the pack has come to the engine; load the page again")

// poured waits for the model of what was poured, all of which is here.
func (e *engine) poured() (*model.Model, error) {
	p := e.pouring
	if p == nil {
		return nil, errNotPoured
	}
	p.flow.end()
	<-p.done
	return p.m, p.err
}
