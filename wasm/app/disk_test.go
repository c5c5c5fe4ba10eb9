//go:build !js

package app

import (
	"bytes"
	"hash/crc32"
	"maps"
	"path"
	"slices"
	"strings"

	"homeroom/core/intake"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/pool"
	"homeroom/wasm/arrange"
	"homeroom/wasm/protocol"
)

// A disk is a folder of the person's that the page works in.
type disk struct {
	files   map[string]diskFile
	folders map[string]bool
	objects map[outside.Object][]byte // what files that were opened held then
	clock   int64
	denied  bool // the person took the permission back
	refused bool // and does not give it again
	full    bool
	copies  bool // files cannot be moved in one step
	tells   bool // of changes
	allows  int  // how often it was asked for
	after   int  // calls after which the permission goes; below 0 for never
	changed func()
	unread  []string // folders
}

type diskFile struct {
	data    string
	changed int64
}

func newDisk(files map[string]string) *disk {
	d := &disk{files: map[string]diskFile{}, folders: map[string]bool{}, objects: map[outside.Object][]byte{}, clock: 1_000_000, after: -1}
	for _, p := range slices.Sorted(maps.Keys(files)) {
		d.put(p, files[p])
	}
	return d
}

func (d *disk) put(p, data string) {
	d.clock++
	d.files[p] = diskFile{data, d.clock}
	for dir := path.Dir(p); dir != "."; dir = path.Dir(dir) {
		d.folders[dir] = true
	}
}

// state is all that is there.
func (d *disk) state() map[string]string {
	out := map[string]string{}
	for p, f := range d.files {
		out[p] = f.data
	}
	for p := range d.folders {
		out[p+"/"] = ""
	}
	return out
}

// open is a file as the page gets it.
func (d *disk) open(p string) outside.File {
	f := d.files[p]
	o := &protocol.Handle{Name: "disk " + p + " " + f.data}
	d.objects[o] = []byte(f.data)
	out := outside.File{Object: o, Name: path.Base(p), Path: p, Bytes: int64(len(f.data)), Changed: f.changed}
	if !intake.CalledPhoto(p) {
		out.Head = []byte(f.data)
	}
	return out
}

// bytes are those of an object.
func (d *disk) bytes(o outside.Object) []byte {
	if d == nil {
		return nil
	}
	return d.objects[o]
}

// results are what a network says: what a photo holds is its label, with a question mark where that
// is not sure.
func (d *disk) results(o outside.Object) []protocol.Result {
	if data := string(d.bytes(o)); data != "" {
		label, _, _ := strings.Cut(data, " ")
		score := 0.9
		if strings.HasSuffix(label, "?") {
			label, score = strings.TrimSuffix(label, "?"), 0.3
		}
		return []protocol.Result{{Index: 1, Label: label, Score: score}, {Index: 2, Label: "bear", Score: 0.05}}
	}
	return []protocol.Result{{Index: 1, Label: "koala", Score: 0.9}, {Index: 2, Label: "bear", Score: 0.1}}
}

// perform does what the browser would with folders.
func (d *disk) perform(w *world, effect any) []any {
	switch e := effect.(type) {
	case outside.PickFolder:
		switch {
		case d == nil:
			return []any{outside.FolderPicked{Ticket: e.Ticket, Error: "there is none"}}
		case w.r.IntN(6) == 0 && w.faults:
			return []any{outside.FolderPicked{Ticket: e.Ticket}}
		}
		return []any{outside.FolderPicked{Ticket: e.Ticket, Folder: object("season"), Name: "season"}}
	case outside.AllowFolder:
		d.allows++
		if !d.refused {
			d.denied = false
		}
		return []any{outside.FolderAllowed{Ticket: e.Ticket, Allowed: !d.denied}}
	case outside.ListFolder:
		out := outside.FolderListed{Ticket: e.Ticket}
		for p := range d.files {
			if !slices.ContainsFunc(strings.Split(p, "/"), intake.PassedOver) {
				out.Files = append(out.Files, p)
			}
		}
		slices.Sort(out.Files)
		out.Folders, out.Unread = slices.Sorted(maps.Keys(d.folders)), d.unread
		return []any{out}
	case outside.OpenFiles:
		out := outside.FilesOpened{Ticket: e.Ticket}
		for _, p := range e.Paths {
			if _, there := d.files[p]; there {
				out.Files = append(out.Files, d.open(p))
			} else {
				out.Files = append(out.Files, outside.File{Path: p, Name: path.Base(p)})
			}
		}
		return []any{out}
	case outside.WatchFolder:
		if d.tells {
			d.changed = func() { w.tell(w.page, outside.FolderChanged{Ticket: e.Ticket}) }
		}
		return []any{outside.FolderWatched{Ticket: e.Ticket, Tells: d.tells}}
	}
	var out outside.FileDone
	switch e := effect.(type) {
	case outside.ReadFile:
		if e.File != nil {
			return []any{outside.FileDone{Ticket: e.Ticket, Data: d.bytes(e.File)}}
		}
		out = d.read(e)
		out.Ticket = e.Ticket
	case outside.WriteFile:
		out.Ticket, out.Fault = e.Ticket, d.write(e)
		if out.Fault == outside.Fine {
			out.File = d.open(e.Path)
		}
	case outside.MoveFile:
		out.Ticket, out.Fault = e.Ticket, d.move(e)
		if out.Fault == outside.Fine {
			out.File = d.open(e.To)
		}
	case outside.CopyFile:
		out.Ticket, out.Fault = e.Ticket, d.copy(e)
		if out.Fault == outside.Fine {
			out.File, out.Was = d.open(e.To), d.open(e.From)
		}
	case outside.RemoveFile:
		out.Ticket, out.Fault = e.Ticket, d.remove(e)
	case outside.RemoveFolder:
		out.Ticket = e.Ticket
		if out.Fault = d.may(); out.Fault == outside.Fine && !d.within(e.Path) {
			delete(d.folders, e.Path)
		}
	case outside.CompareFiles:
		out.Ticket = e.Ticket
		_, out.There = d.files[e.Path]
		_, out.Other = d.files[e.Other]
		if out.There {
			out.File = d.open(e.Path)
		}
		if out.Other {
			out.Was = d.open(e.Other)
		}
		out.Same = out.There && out.Other && d.files[e.Path].data == d.files[e.Other].data
	default:
		return nil
	}
	return []any{out}
}

// may tells whether the page may change something, and counts.
func (d *disk) may() outside.Fault {
	if d.after == 0 {
		d.denied = true
	}
	d.after--
	if d.denied {
		return outside.Denied
	}
	return outside.Fine
}

func (d *disk) within(folder string) bool {
	for p := range d.files {
		if strings.HasPrefix(p, folder+"/") {
			return true
		}
	}
	for p := range d.folders {
		if strings.HasPrefix(p, folder+"/") {
			return true
		}
	}
	return false
}

func (d *disk) read(e outside.ReadFile) (out outside.FileDone) {
	f, there := d.files[e.Path]
	if !there {
		return outside.FileDone{Fault: outside.Gone}
	}
	return outside.FileDone{File: d.open(e.Path), Data: []byte(f.data)}
}

// free tells what stands in the way of a file's being at a place.
func (d *disk) free(p string) outside.Fault {
	if fault := d.may(); fault != outside.Fine {
		return fault
	}
	if _, there := d.files[p]; there || d.folders[p] {
		return outside.Taken
	}
	for dir := path.Dir(p); dir != "."; dir = path.Dir(dir) {
		if _, file := d.files[dir]; file {
			return outside.Failed
		}
	}
	if d.full {
		return outside.Full
	}
	return outside.Fine
}

func (d *disk) write(e outside.WriteFile) outside.Fault {
	if e.Fresh {
		if fault := d.free(e.Path); fault != outside.Fine {
			return fault
		}
	} else {
		f, there := d.files[e.Path]
		switch fault := d.may(); {
		case fault != outside.Fine:
			return fault
		case !there:
			return outside.Gone
		case !bytes.Equal([]byte(f.data), e.Old):
			return outside.Altered
		case d.full:
			return outside.Full
		}
	}
	d.put(e.Path, string(e.Data))
	return outside.Fine
}

func (d *disk) source(p string, size, changed int64) outside.Fault {
	f, there := d.files[p]
	switch {
	case !there:
		return outside.Gone
	case size >= 0 && (int64(len(f.data)) != size || f.changed != changed):
		return outside.Altered
	}
	return outside.Fine
}

func (d *disk) move(e outside.MoveFile) outside.Fault {
	if fault := d.source(e.From, e.Bytes, e.Changed); fault != outside.Fine {
		return fault
	}
	if d.copies {
		return outside.Unable
	}
	if fault := d.free(e.To); fault != outside.Fine {
		return fault
	}
	f := d.files[e.From]
	d.put(e.To, f.data)
	d.files[e.To] = f
	delete(d.files, e.From)
	return outside.Fine
}

// copy leaves an empty file where the permission goes meanwhile.
func (d *disk) copy(e outside.CopyFile) outside.Fault {
	fault := d.source(e.From, e.Bytes, e.Changed)
	if fault == outside.Fine {
		fault = d.free(e.To)
	}
	if _, there := d.files[e.To]; fault == outside.Denied && d.after == -1 && !there && !d.folders[e.To] { // the permission went in the middle
		d.put(e.To, "")
		return outside.Denied
	}
	if fault == outside.Fine {
		d.put(e.To, d.files[e.From].data)
	}
	return fault
}

func (d *disk) remove(e outside.RemoveFile) outside.Fault {
	if fault := d.may(); fault != outside.Fine {
		return fault
	}
	fault := d.source(e.Path, e.Bytes, e.Changed)
	if fault == outside.Fine {
		delete(d.files, e.Path)
	}
	return fault
}

// helped is what the worker that plans answers.
func (d *disk) helped(w *world, message any) any {
	if job := message.(pool.Job).Number(); w.faults && w.r.IntN(25) == 0 {
		return protocol.Failed{Done: protocol.Done{Job: job}, Error: "it cannot be done"}
	}
	switch m := message.(type) {
	case protocol.Arrange:
		places, err := arrange.Plan(m.Task)
		if err != nil {
			w.fail("%v", err)
		}
		return protocol.Arranged{Done: protocol.Done{Job: m.Job}, Places: places}
	case protocol.Merge:
		return protocol.Merged{Done: protocol.Done{Job: m.Job}, Sidecars: arrange.Merge(m.Sidecars)}
	case protocol.Sum:
		data := d.bytes(m.File)
		return protocol.Summed{Done: protocol.Done{Job: m.Job}, CRC32: int(crc32.ChecksumIEEE(data)), Bytes: int64(len(data))}
	}
	panic("the worker does no such thing")
}
