//go:build js && wasm

package browser

import (
	"errors"
	"path"
	"syscall/js"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/handles"
	"homeroom/wasm/promise"
	"homeroom/wasm/protocol"
	"homeroom/wasm/text"
	"homeroom/wasm/window"
)

// folders is the page's dealings with folders that a person lets it work in. They have handles,
// which come from the person or from the store.
type folders struct {
	watched map[int]js.Value // FileSystemObservers, by ticket
}

// inFolder does what concerns folders, and tells whether an effect was of those.
func (p *page) inFolder(effect any) bool {
	switch e := effect.(type) {
	case outside.PickFolder:
		go p.pickFolder(e)
	case outside.AllowFolder:
		go p.allowFolder(e)
	case outside.ListFolder:
		go p.listFolder(e)
	case outside.OpenFiles:
		go p.openFiles(e)
	case outside.WatchFolder:
		go p.watchFolder(e)
	case outside.UnwatchFolder:
		if w := p.folders.watched[e.Ticket]; w.Truthy() {
			w.Call("disconnect")
			delete(p.folders.watched, e.Ticket)
		}
	case outside.ReadFile:
		p.withFile(e.Ticket, func(out *outside.FileDone) error { return handles.Read(e, out) })
	case outside.WriteFile:
		p.withFile(e.Ticket, func(out *outside.FileDone) error { return handles.Write(e, out) })
	case outside.MoveFile:
		p.withFile(e.Ticket, func(out *outside.FileDone) error { return handles.Move(e, out) })
	case outside.CopyFile:
		p.withFile(e.Ticket, func(out *outside.FileDone) error { return handles.Copy(e, out) })
	case outside.RemoveFile:
		p.withFile(e.Ticket, func(*outside.FileDone) error { return handles.Remove(e) })
	case outside.RemoveFolder:
		p.withFile(e.Ticket, func(*outside.FileDone) error { return handles.RemoveFolder(e) })
	case outside.CompareFiles:
		p.withFile(e.Ticket, func(out *outside.FileDone) error { return handles.CompareFiles(e, out) })
	default:
		return false
	}
	return true
}

// withFile answers with what was done with a file.
func (p *page) withFile(ticket int, do func(out *outside.FileDone) error) {
	go func() {
		out := outside.FileDone{Ticket: ticket}
		out.Fault, out.Error = handles.FaultOf(do(&out))
		p.send(out)
	}()
}

func (p *page) pickFolder(e outside.PickFolder) {
	out := outside.FolderPicked{Ticket: e.Ticket}
	folder, err := promise.AwaitCall(js.Global(), "showDirectoryPicker", map[string]any{"id": "homeroom", "mode": "read"})
	var thrown *promise.Error
	switch {
	case errors.As(err, &thrown) && thrown.Name == "AbortError": // the person chose none
	case err != nil:
		out.Error = text.Of(err)
	default:
		out.Folder, out.Name = protocol.Of(folder), folder.Get("name").String()
	}
	p.act(out)
}

func (p *page) allowFolder(e outside.AllowFolder) {
	out := outside.FolderAllowed{Ticket: e.Ticket}
	answer, err := promise.AwaitCall(e.Folder.Value, "requestPermission", map[string]any{"mode": "readwrite"})
	if err != nil {
		out.Error = text.Of(err)
	} else {
		out.Allowed = answer.String() == "granted"
	}
	p.send(out)
}

func (p *page) listFolder(e outside.ListFolder) {
	out := outside.FolderListed{Ticket: e.Ticket}
	var pause window.Breath
	var walk func(dir js.Value, above string) error
	walk = func(dir js.Value, above string) error {
		entries := dir.Call("values")
		for {
			next, err := promise.AwaitCall(entries, "next")
			if err != nil {
				return err
			}
			if next.Get("done").Bool() {
				return nil
			}
			one := next.Get("value")
			name := one.Get("name").String()
			if out.Found(above, name, one.Get("kind").String() == "file") {
				if err := walk(one, above+name+"/"); err != nil {
					fault, _ := handles.FaultOf(err)
					out.NotRead(above+name, fault)
				}
			}
			pause.Take()
		}
	}
	out.Fault, out.Error = handles.FaultOf(walk(e.Folder.Value, ""))
	p.send(out)
}

func (p *page) openFiles(e outside.OpenFiles) {
	out := outside.FilesOpened{Ticket: e.Ticket}
	var pause window.Breath
	open := handles.Opener{Root: e.Folder.Value}
	for _, at := range e.Paths {
		f, err := open.File(at)
		if err != nil { // it is away again, or locked; it is looked at another time
			f = outside.File{Path: at, Name: path.Base(at)}
		}
		out.Files = append(out.Files, f)
		pause.Take()
	}
	heads(out.Files)
	p.send(out)
}

func (p *page) watchFolder(e outside.WatchFolder) {
	out := outside.FolderWatched{Ticket: e.Ticket}
	if observer := js.Global().Get("FileSystemObserver"); observer.Truthy() {
		changed := js.FuncOf(func(js.Value, []js.Value) any {
			p.send(outside.FolderChanged{Ticket: e.Ticket})
			return nil
		})
		w, err := promise.Try(func() js.Value { return observer.New(changed) })
		if err == nil {
			_, err = promise.AwaitCall(w, "observe", e.Folder.Value, map[string]any{"recursive": true})
		}
		if out.Tells = err == nil; out.Tells {
			p.folders.watched[e.Ticket] = w
		}
	}
	p.send(out)
}
