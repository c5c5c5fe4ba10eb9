package folder

import (
	"strings"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/text"
)

// An Action is what is done with the names.
type Action string

// The actions. The first two are done in the folder that is open.
const (
	Sidecars    Action = "sidecars"     // names are written into XMP sidecars
	Move        Action = "move"         // photos go into folders by their names
	Zip         Action = "zip"          // a zip with photos in such folders, and sidecars
	ZipSidecars Action = "zip-sidecars" // a zip with sidecars alone
)

func (a Action) inFolder() bool { return a == Sidecars || a == Move }

// by tells whether photos get folders by their names.
func (a Action) sorts() bool { return a == Move || a == Zip }

// A failure is something that was not done, and why.
type failure struct{ path, why string }

// faultText says what a fault is.
func faultText(fault outside.Fault, says string) string {
	switch fault {
	case outside.Gone:
		return text.Say("it is not there any more")
	case outside.Taken:
		return text.Say("something else is at its place")
	case outside.Altered:
		return text.Say("it was changed since; name it again")
	case outside.Denied:
		return text.Say("the browser does not let the page change this folder any more")
	case outside.Full:
		return text.Say("there is no room left")
	case outside.Unable:
		return text.Say("this browser does not do that")
	}
	if says == "" {
		return text.Say("the browser does not say why")
	}
	return text.Foreign(says)
}

func set(list []string) map[string]bool {
	out := make(map[string]bool, len(list))
	for _, one := range list {
		out[one] = true
	}
	return out
}

// ending is a name's, with its dot.
func ending(name string) string {
	if i := strings.LastIndexByte(name, '.'); i > strings.LastIndexByte(name, '/') {
		return name[i:]
	}
	return ""
}
