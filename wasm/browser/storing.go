//go:build js && wasm

package browser

import (
	"errors"
	"syscall/js"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/promise"
	"homeroom/wasm/protocol"
	"homeroom/wasm/session"
	"homeroom/wasm/store"
	"homeroom/wasm/text"
	"homeroom/wasm/window"
)

// A keeper does what is asked of the browser's store, one thing after the other, in the order in
// which it is asked.
type keeper struct {
	store *store.Store // nil while it is not open
	queue chan any
}

// mostAsked is how much may be asked of the store before the page waits for it: more than the
// program ever asks at once.
const mostAsked = 1024

func (k *keeper) start(p *page) {
	k.queue = make(chan any, mostAsked)
	go func() {
		for e := range k.queue {
			p.send(k.do(p, e))
		}
	}()
}

var errClosed = errors.New("the browser's store is not open")

func (k *keeper) do(p *page, effect any) (event any) {
	if _, is := effect.(outside.OpenStore); is {
		s, err := store.Open()
		if err == nil {
			k.store = s
			s.Closed = func() { p.send(outside.StoreClosed{}) }
		}
		return outside.StoreOpened{Error: said(err)}
	}
	s := k.store
	switch e := effect.(type) {
	case outside.Write:
		err := errClosed
		if s != nil {
			records := make([]store.Record, len(e.Records))
			for i, r := range e.Records {
				records[i] = store.Record{Kind: r.Kind, Key: r.Key, Value: written(r.Value)}
			}
			err = s.WriteAs(e.Project, e.Tab, records)
		}
		return outside.Written{
			Ticket: e.Ticket, Error: said(err),
			Full: errors.Is(err, store.ErrFull), Taken: errors.Is(err, store.ErrTaken), Cleared: errors.Is(err, store.ErrCleared),
		}
	case outside.Get:
		err := errClosed
		if s != nil {
			err = s.Each(e.Kind, e.Keys, func(keys [][]any, values []js.Value) error {
				piece := outside.Piece{Ticket: e.Ticket}
				for i, v := range values {
					if value := read(e.Kind, v); value != nil {
						piece.Records = append(piece.Records, outside.Record{Kind: e.Kind, Key: keys[i], Value: value})
					}
				}
				p.send(piece)
				return nil
			})
		}
		return outside.Ended{Ticket: e.Ticket, Error: said(err)}
	case outside.GetAll:
		err := errClosed
		if s != nil {
			err = s.All(e.Kind, e.Prefix, func(keys, values []js.Value) error {
				piece := outside.Piece{Ticket: e.Ticket}
				for i, v := range values {
					if value := read(e.Kind, v); value != nil {
						piece.Records = append(piece.Records, outside.Record{Kind: e.Kind, Key: key(keys[i]), Value: value})
					}
				}
				p.send(piece)
				return nil
			})
		}
		return outside.Ended{Ticket: e.Ticket, Error: said(err)}
	case outside.Clear:
		err := errClosed
		if s != nil && e.Kind != "" {
			err = s.Drop(e.Kind, e.Prefix...)
		} else if s != nil {
			err = s.Clear(e.Prefix...)
		}
		return outside.Ended{Ticket: e.Ticket, Error: said(err)}
	}
	panic("browser: the store does no such thing")
}

func said(err error) string {
	if err == nil {
		return ""
	}
	return text.Of(err)
}

// written is a record's value as the store takes it.
func written(value any) any {
	switch v := value.(type) {
	case nil:
		return nil
	case outside.Object:
		return protocol.Value(v)
	case outside.Version:
		return js.ValueOf(map[string]any{
			"head": protocol.Value(v.Head), "last": protocol.Value(v.Last), "quick": protocol.Value(v.Quick), "result": v.Result,
		})
	}
	return value
}

// read is a record's value as the program takes it, nil where there is none.
func read(kind string, v js.Value) any {
	switch {
	case v.Type() == js.TypeString:
		return v.String()
	case !v.Truthy():
		return nil
	case kind == store.Heads:
		out := outside.Version{Head: protocol.Of(v.Get("head")), Last: protocol.Of(v.Get("last")), Quick: protocol.Of(v.Get("quick"))}
		if text := v.Get("result"); text.Type() == js.TypeString {
			out.Result = text.String()
		}
		return out
	}
	return protocol.Of(v)
}

// key is a record's key as the program takes it.
func key(v js.Value) []any {
	out := make([]any, v.Length())
	for i := range out {
		if one := v.Index(i); one.Type() == js.TypeNumber {
			out[i] = one.Int()
		} else {
			out[i] = one.String()
		}
	}
	return out
}

func (p *page) askRoom(e outside.AskRoom) {
	out := outside.Room{Ticket: e.Ticket}
	out.Used, out.Quota, out.Known = store.Room()
	if e.Try > 0 {
		out.Fits, out.Tried = store.Left(e.Try)
	}
	p.send(out)
}

// probe tells which Blobs can still be read.
func (p *page) probe(e outside.Probe) {
	out := outside.Probed{Ticket: e.Ticket, Readable: make([]bool, len(e.Objects))}
	var pause window.Breath
	for i, o := range e.Objects {
		_, err := promise.AwaitCall(o.Value, "arrayBuffer")
		out.Readable[i] = err == nil
		pause.Take()
	}
	p.send(out)
}

func (p *page) persist() { p.send(outside.Persisted{Firm: store.Persist()}) }

// keptPhotos does what is asked of the session, in order.
type keptPhotos struct {
	session.Session
	queue chan any
}

func (k *keptPhotos) start(p *page) (last, kept int) {
	k.queue = make(chan any, mostAsked)
	go func() {
		for e := range k.queue {
			switch e := e.(type) {
			case outside.Recall:
				err := k.Recall(func(photos []outside.Kept) { p.send(outside.Recalled{Ticket: e.Ticket, Photos: photos}) })
				p.send(outside.Recalled{Ticket: e.Ticket, Done: true, Error: said(err)})
			case outside.Remember:
				err := k.Remember(e)
				p.send(outside.Remembered{Ticket: e.Ticket, Error: said(err), Full: errors.Is(err, store.ErrFull)})
			}
		}
	}()
	return k.Start()
}
