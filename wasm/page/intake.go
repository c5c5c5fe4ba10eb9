//go:build js && wasm

package page

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"syscall/js"

	"honnef.co/go/js/dom/v2"

	"homeroom/core/intake"
	"homeroom/wasm/promise"
)

// An incoming is a file on its way in; path is set for those that came in a folder.
type incoming struct {
	file js.Value
	path string
}

// name is the file's own.
func (f incoming) name() string {
	if i := strings.LastIndexByte(f.path, '/'); i >= 0 {
		return f.path[i+1:] // of thousands of files, each question to the browser counts
	}
	return f.file.Get("name").String()
}

// intake listens for photos: dropped, picked, pasted.
func (a *app) intake() {
	v := a.view
	for _, input := range []*dom.BasicHTMLElement{v.add, v.folder} {
		on(input, "change", func(dom.Event) {
			files := list(input.Get("files"))
			input.Set("value", "") // so that the same file can be picked again
			a.given("pick", files, nil, input.Underlying())
		})
	}
	if v.folder.Get("webkitdirectory").IsUndefined() {
		v.show(v.folderLabel, false)
	}

	document := dom.GetWindow().Document()
	document.AddEventListener("paste", false, func(ev dom.Event) {
		files := list(ev.Underlying().Get("clipboardData").Get("files"))
		if len(files) > 0 {
			ev.PreventDefault()
			a.given("paste", files, nil, ev.Underlying().Get("target"))
		}
	})
	document.AddEventListener("dragenter", false, func(ev dom.Event) {
		if carries(ev, "Files") {
			ev.PreventDefault()
			v.show(v.veil, a.showing != "teach") // Teach marks the place instead
		}
	})
	document.AddEventListener("dragover", false, func(ev dom.Event) {
		if carries(ev, "Files") {
			ev.PreventDefault()
			ev.Underlying().Get("dataTransfer").Set("dropEffect", "copy")
		}
	})
	document.AddEventListener("dragleave", false, func(ev dom.Event) {
		if ev.Underlying().Get("relatedTarget").IsNull() { // the pointer left the page
			v.show(v.veil, false)
		}
	})
	document.AddEventListener("drop", false, func(ev dom.Event) {
		v.show(v.veil, false)
		if !carries(ev, "Files") {
			return
		}
		ev.PreventDefault()
		// What is dropped can be asked for only now; folders are walked later.
		var files, folders []js.Value
		transfer := ev.Underlying().Get("dataTransfer")
		for _, item := range list(transfer.Get("items")) {
			if item.Get("kind").String() != "file" {
				continue
			}
			if !item.Get("webkitGetAsEntry").IsUndefined() {
				if entry := item.Call("webkitGetAsEntry"); entry.Truthy() && entry.Get("isDirectory").Bool() {
					folders = append(folders, entry)
					continue
				}
			}
			if f := item.Call("getAsFile"); f.Truthy() {
				files = append(files, f)
			}
		}
		if len(files)+len(folders) == 0 {
			files = list(transfer.Get("files"))
		}
		a.given("drop", files, folders, ev.Underlying().Get("target"))
	})
	// The boot script kept what came before there was anything of this.
	for _, g := range list(js.Global().Get("homeroom").Get("early").Call("take")) {
		a.given(g.Get("how").String(), list(g.Get("files")), list(g.Get("folders")), g.Get("on"))
	}
}

// given takes files and folders, in the view that is shown: "pick", "drop" or "paste" is how they came, on an element.
func (a *app) given(how string, files, folders []js.Value, on js.Value) {
	go func() {
		var pause breath // of thousands of files, what each is called takes longer than the page may be kept from answering
		got := make([]incoming, 0, len(files))
		for _, f := range files {
			one := incoming{file: f}
			if how == "pick" {
				one.path = f.Get("webkitRelativePath").String()
			}
			got = append(got, one)
			pause.take()
		}
		chosen := len(files) + len(folders)
		for _, folder := range folders {
			if name := folder.Get("name").String(); chosen > 1 && intake.PassedOver(name) {
				got = append(got, incoming{js.Undefined(), "./" + name}) // it came along with others
				continue
			}
			if err := walk(folder, &got, func() {
				if a.showing == "teach" {
					a.teacher.found(len(got))
				}
			}); err != nil {
				a.say("The folder " + folder.Get("name").String() + " could not be read: " + err.Error())
			}
		}
		switch {
		case a.showing != "teach" || how == "pick": // Teach has pickers of its own
			a.admit(got)
		case how == "paste":
			a.teacher.pasted(got)
		default:
			a.teacher.dropped(on, got)
		}
	}()
}

// admit adds files, and leaves out what lies about in folders without being a photo.
func (a *app) admit(got []incoming) {
	kept, left := sift(got, true)
	if text := left.String(); text != "" {
		a.say("Left out: " + text + ".")
	}
	if len(kept) > 0 {
		a.view.show(a.view.toast, false) // what was removed can still be brought back from the keyboard
		a.add(kept)
	}
}

// walk collects the files of a dropped folder and of those in it, by name. It calls tell as it goes. Into hidden and helper folders
// it doesn't go; such a one is handed on itself, as an incoming without a file, so that it is counted.
func walk(folder js.Value, out *[]incoming, tell func()) error {
	reader := folder.Call("createReader")
	type entry struct {
		js.Value
		name string
	}
	var entries []entry
	var pause breath
	for { // a reader gives at most a hundred at a time
		some, err := callback(func(yes, no js.Func) { reader.Call("readEntries", yes, no) })
		if err != nil {
			return err
		}
		if some.Length() == 0 {
			break
		}
		for _, e := range list(some) {
			entries = append(entries, entry{e, e.Get("name").String()})
		}
		pause.take()
	}
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	// Files are asked for many at a time, since each answer takes its way through the browser.
	for some := range slices.Chunk(entries, 100) {
		files := make([]js.Value, len(some))
		errs := make([]error, len(some))
		var wait sync.WaitGroup
		for i, e := range some {
			if !e.Get("isDirectory").Bool() {
				wait.Go(func() { files[i], errs[i] = callback(func(yes, no js.Func) { e.Call("file", yes, no) }) })
			}
		}
		wait.Wait()
		for i, e := range some {
			switch {
			case errs[i] != nil:
				return errs[i]
			case files[i].Truthy():
				*out = append(*out, incoming{files[i], strings.TrimPrefix(e.Get("fullPath").String(), "/")})
			case intake.PassedOver(e.name):
				*out = append(*out, incoming{js.Undefined(), strings.TrimPrefix(e.Get("fullPath").String(), "/")})
			default:
				if err := walk(e.Value, out, tell); err != nil {
					return err
				}
			}
		}
		tell()
		pause.take()
	}
	return nil
}

// callback waits for one of two functions to be called.
func callback(start func(yes, no js.Func)) (js.Value, error) {
	type outcome struct {
		value js.Value
		err   error
	}
	done := make(chan outcome, 1)
	yes := js.FuncOf(func(_ js.Value, args []js.Value) any {
		done <- outcome{value: args[0]}
		return nil
	})
	defer yes.Release()
	no := js.FuncOf(func(_ js.Value, args []js.Value) any {
		done <- outcome{err: errors.New(promise.Reason(args[0]))}
		return nil
	})
	defer no.Release()
	start(yes, no)
	out := <-done
	return out.value, out.err
}

// carries tells whether a drag has something of a kind.
func carries(ev dom.Event, wanted string) bool {
	transfer := ev.Underlying().Get("dataTransfer")
	if !transfer.Truthy() {
		return false
	}
	for _, kind := range list(transfer.Get("types")) {
		if kind.String() == wanted {
			return true
		}
	}
	return false
}

// list reads a JavaScript array or whatever is like one.
func list(v js.Value) []js.Value {
	if !v.Truthy() {
		return nil
	}
	out := make([]js.Value, v.Length())
	for i := range out {
		out[i] = v.Index(i)
	}
	return out
}
