//go:build js && wasm

package browser

import (
	"errors"
	"slices"
	"sort"
	"strings"
	"sync"
	"syscall/js"

	"homeroom/core/photo"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/markup"
	"homeroom/wasm/promise"
	"homeroom/wasm/protocol"
	"homeroom/wasm/text"
	"homeroom/wasm/window"
)

// fileOf describes a file; path is where it lay in a folder, with its name. Of thousands of files
// each question to the browser counts.
func fileOf(f js.Value, path string) outside.File {
	out := outside.File{Object: protocol.Of(f), Path: path}
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		out.Name = path[i+1:]
	} else {
		out.Name = f.Get("name").String()
	}
	out.Bytes = int64(f.Get("size").Float())
	if changed := f.Get("lastModified"); changed.Type() == js.TypeNumber {
		out.Changed = int64(changed.Float())
	}
	return out
}

// heads reads the first bytes of the files that want them. Each look takes its way through the
// browser, so that many are on it at a time.
func heads(files []outside.File) {
	var pause window.Breath
	for some := range slices.Chunk(files, 100) {
		var wait sync.WaitGroup
		for i := range some {
			f := &some[i]
			if !f.WantsHead() {
				continue
			}
			wait.Go(func() {
				buffer, err := promise.Await(f.Object.Value.Call("slice", 0, photo.KindBytes).Call("arrayBuffer"))
				if err != nil {
					return
				}
				f.Head = make([]byte, buffer.Get("byteLength").Int())
				js.CopyBytesToGo(f.Head, js.Global().Get("Uint8Array").New(buffer))
			})
		}
		wait.Wait()
		pause.Take()
	}
}

// picked reports the files that were picked in an input, and empties it, so that the same can be
// picked again.
func (p *page) picked(input js.Value) {
	files := js.Global().Get("Array").Call("from", input.Get("files"))
	input.Set("value", "")
	go p.gather(input, files, nil, "files")
}

// hearFiles reports files that were pasted.
func (p *page) hearFiles(document js.Value, hear hear) {
	hear(document, "paste", false, func(e js.Value) {
		if files := list(e.Get("clipboardData").Get("files")); len(files) > 0 {
			e.Call("preventDefault")
			go p.gather(document.Get("activeElement"), js.Global().Get("Array").Call("from", e.Get("clipboardData").Get("files")), nil, "paste")
		}
	})
}

// dropped reports files and folders that were dropped. What they are can be asked for only now;
// folders are walked later.
func (p *page) dropped(e js.Value) {
	files := js.Global().Get("Array").New()
	var folders []js.Value
	transfer := e.Get("dataTransfer")
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
			files.Call("push", f)
		}
	}
	if files.Length()+len(folders) == 0 {
		files = js.Global().Get("Array").Call("from", transfer.Get("files"))
	}
	p.act(outside.Dragging{})
	go p.gather(e.Get("target"), files, folders, "files")
}

// gather lists files and walks folders, and reports them to the element that they were given to, or
// else to the page.
func (p *page) gather(target, files js.Value, folders []js.Value, event string) {
	var pause window.Breath
	var got []outside.File
	n := files.Length()
	p.act(outside.Gathering{Files: n})
	for i := range n {
		f := files.Index(i)
		path := ""
		if v := f.Get("webkitRelativePath"); v.Type() == js.TypeString {
			path = v.String()
		}
		one := fileOf(f, path)
		pause.Take()
		if !one.IsArchive() {
			got = append(got, one)
			continue
		}
		some, err := unpack(one)
		if err != nil {
			// Whoever takes it says what it is, and then it is told what is wrong with it.
			defer p.send(outside.Gathering{Error: text.Of(err), Folder: one.Name})
			some = []outside.File{one}
		}
		got = append(got, some...)
	}
	chosen := n + len(folders)
	for _, folder := range folders {
		if f := outside.Untrodden(folder.Get("name").String(), "", chosen); f != nil {
			got = append(got, *f)
			continue
		}
		if err := walk(folder, &got, func() { p.send(outside.Gathering{Files: len(got), Walking: true}) }); err != nil {
			p.send(outside.Gathering{Files: len(got), Walking: true, Error: text.Of(err), Folder: folder.Get("name").String()})
		}
	}
	if len(got) == 0 {
		p.act(outside.Gathering{})
		return
	}
	heads(got)
	in := markup.Input{Files: got}
	if p.tell(target, event, in) {
		return
	}
	if do := find(p.view.page.On, event); do != nil {
		p.act(do(in))
	}
}

// walk collects the files of a dropped folder and of those in it, by name. It calls tell as it
// goes.
func walk(folder js.Value, out *[]outside.File, tell func()) error {
	reader := folder.Call("createReader")
	type entry struct {
		js.Value
		name string
	}
	var entries []entry
	var pause window.Breath
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
		pause.Take()
	}
	sort.SliceStable(entries, func(i, j int) bool { return entries[i].name < entries[j].name })
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
			path := strings.TrimPrefix(e.Get("fullPath").String(), "/")
			if errs[i] != nil {
				return errs[i]
			}
			if files[i].Truthy() {
				*out = append(*out, fileOf(files[i], path))
			} else if f := outside.Untrodden(e.name, path, 0); f != nil {
				*out = append(*out, *f)
			} else if err := walk(e.Value, out, tell); err != nil {
				return err
			}
		}
		tell()
		pause.Take()
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

// fetchPhotos fetches the files of pictures that the page shows, as they came.
func (p *page) fetchPhotos(e outside.FetchPhotos) {
	out := outside.PhotosFetched{Ticket: e.Ticket}
	for _, selector := range e.Selectors {
		address := p.view.find(selector).Get("src").String()
		response, err := promise.Await(js.Global().Call("fetch", address))
		if err == nil && !response.Get("ok").Bool() {
			p.send(outside.PhotosFetched{Ticket: e.Ticket, Status: response.Get("status").Int()})
			return
		}
		var blob js.Value
		if err == nil {
			blob, err = promise.Await(response.Call("blob"))
		}
		if err != nil {
			p.send(outside.PhotosFetched{Ticket: e.Ticket, Error: text.Of(err)})
			return
		}
		name := p.view.find(selector).Get("dataset").Get("file").String()
		out.Files = append(out.Files, fileOf(js.Global().Get("File").New([]any{blob}, name, map[string]any{"type": "image/jpeg"}), ""))
	}
	p.send(out)
}
