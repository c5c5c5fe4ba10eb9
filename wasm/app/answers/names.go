package answers

import (
	"strings"

	"homeroom/wasm/app/queue"
	"homeroom/wasm/text"
)

// Names are the labels of networks by which photos are found and sorted in a language.
type Names struct {
	Language *text.Language
	known    map[string]Name
}

// A Name of a photo, in small letters.
type Name struct {
	Shown string
	Found string // all by which it is found: as it is shown, in English, and as the network has it
}

// Of is the name of an answer. What a person taught has one name in every language.
func (n *Names) Of(a *queue.Answer) Name {
	label := a.Best()
	if a.Taught {
		label = strings.ToLower(label)
		return Name{label, label}
	}
	if known, is := n.known[label]; is {
		return known
	}
	shown, english := strings.ToLower(n.Language.Word(label)), strings.ToLower(text.English.Word(label))
	it := Name{shown, shown + "\n" + english + "\n" + strings.ToLower(label)}
	if n.known == nil {
		n.known = map[string]Name{}
	}
	n.known[label] = it
	return it
}
