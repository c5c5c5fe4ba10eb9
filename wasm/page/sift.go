//go:build js && wasm

package page

import (
	"slices"
	"strings"
	"sync"
	"syscall/js"

	"homeroom/core/intake"
	"homeroom/core/photo"
	"homeroom/wasm/promise"
)

// sift leaves out what was found beside photos. Only the first bytes tell what a file is that is not called a photo, so it waits for
// the browser and must not be called from one of its callbacks. A file that was given by itself, in no folder, is taken as it is
// where single is set.
func sift(got []incoming, single bool) (kept []incoming, left intake.LeftOut) {
	type verdict struct {
		taken bool
		kind  photo.Kind
	}
	var pause breath
	for some := range slices.Chunk(got, 100) { // each look takes its way through the browser
		verdicts := make([]verdict, len(some))
		var wait sync.WaitGroup
		for i, f := range some {
			switch {
			case f.hidden() != "":
			case f.path == "" && single, intake.CalledPhoto(f.name()):
				verdicts[i].taken = true
			default:
				wait.Go(func() {
					kind, err := kindOf(f.file)
					verdicts[i] = verdict{err != nil || kind.Picture, kind} // who reads it says what is wrong
				})
			}
		}
		wait.Wait()
		for i, f := range some {
			switch {
			case f.hidden() != "":
				left.Hidden(f.hidden())
			case verdicts[i].taken:
				kept = append(kept, f)
			default:
				left.File(verdicts[i].kind)
			}
		}
		pause.take()
	}
	return kept, left
}

// hidden is the first part of the path within a folder that is passed over, "" for none.
func (f incoming) hidden() string {
	_, path, _ := strings.Cut(f.path, "/") // the folder itself was chosen
	for part := range strings.SplitSeq(path, "/") {
		if part != "" && intake.PassedOver(part) {
			return part
		}
	}
	return ""
}

// kindOf tells from its first bytes what a file is.
func kindOf(file js.Value) (photo.Kind, error) {
	buffer, err := promise.Await(file.Call("slice", 0, photo.KindBytes).Call("arrayBuffer"))
	if err != nil {
		return photo.Kind{}, err
	}
	head := make([]byte, buffer.Get("byteLength").Int())
	js.CopyBytesToGo(head, js.Global().Get("Uint8Array").New(buffer))
	return photo.KindOf(head), nil
}
