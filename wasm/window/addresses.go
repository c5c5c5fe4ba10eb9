//go:build js && wasm

package window

import (
	"syscall/js"
	"time"

	"homeroom/wasm/app/outside"
)

// Addresses are those of objects that elements show, such as pictures.
type Addresses struct {
	all  map[outside.Object]*address
	idle []string // that no element has any more, to be revoked
}

type address struct {
	url   string
	users int
}

// loading is how long a picture may take to begin loading. A browser that is slow complains of an
// address that is gone by then, also where the element is gone, too.
const loading = 2 * time.Second

// Of gives an object an address, for as long as an element has it.
func (s *Addresses) Of(o outside.Object) string {
	known := s.all[o]
	if known == nil {
		known = &address{url: js.Global().Get("URL").Call("createObjectURL", o.Value).String()}
		if s.all == nil {
			s.all = map[outside.Object]*address{}
		}
		s.all[o] = known
	}
	known.users++
	return known.url
}

// Release lets go of an object's address, once for each element that had it.
func (s *Addresses) Release(o outside.Object) {
	known := s.all[o]
	if o == nil || known == nil {
		return
	}
	if known.users--; known.users == 0 {
		delete(s.all, o)
		if s.idle = append(s.idle, known.url); len(s.idle) == 1 {
			time.AfterFunc(loading, s.revoke)
		}
	}
}

func (s *Addresses) revoke() {
	idle := s.idle
	s.idle = nil
	for _, url := range idle {
		js.Global().Get("URL").Call("revokeObjectURL", url)
	}
}
