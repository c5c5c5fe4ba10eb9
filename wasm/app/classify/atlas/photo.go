package atlas

import (
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/queue"
)

// A Photo is what the map is told of one.
type Photo struct {
	ID      int
	Name    string        // of its file
	Answer  *queue.Answer // by whose name it is coloured; nil for none
	Picture outside.Object
	Vector  outside.Object // its features
	Shown   bool           // it is among those that are asked for
	Picked  bool
}

// label is the name that the answer has, "" for none.
func (p *Photo) label() string {
	if p.Answer == nil {
		return ""
	}
	return p.Answer.Best()
}

// says is the answer as people read it, "" for none.
func (p *Photo) says() string {
	if p.Answer == nil {
		return ""
	}
	return p.Answer.Says()
}
