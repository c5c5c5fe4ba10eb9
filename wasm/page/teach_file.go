//go:build js && wasm

package page

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"syscall/js"
	"time"

	"homeroom/core/head"
	"homeroom/core/project"
	"homeroom/wasm/protocol"
	"homeroom/wasm/store"
	"homeroom/wasm/teach"
	"homeroom/wasm/words"
	lessons "homeroom/wasm/worker"
)

// own is what the page keeps for itself in a project file.
type own struct {
	Project json.RawMessage         `json:"project"` // teach.Project.Encode
	Results map[int]json.RawMessage `json:"results"` // teach.Result by version
	Sizes   map[int][2]int          `json:"sizes"`   // of the photos, in pixels
}

// saveFile makes the project file and offers it.
func (t *teacher) saveFile() {
	p := t.project()
	t.screen.Filing = "Making the file"
	t.draw()
	blob, err := t.bundle(p)
	t.screen.Filing = ""
	t.draw()
	if err != nil {
		t.notice("The project could not be saved as a file: "+plain(err)+".", "", "")
		return
	}
	name := fileName(p.Name) + ".homeroom"
	t.app.view.offer(name, blob)
	t.app.say("Saved " + name + ".")
}

// fileName is a name that every system takes for a file.
func fileName(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < 32 || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '-'
		}
		return r
	}, s)
	if s = strings.Trim(s, ". "); s == "" {
		return "project"
	}
	return s
}

func plain(err error) string { return strings.TrimRight(err.Error(), ".") }

func (t *teacher) bundle(p *teach.Project) (js.Value, error) {
	if !t.keeper.failed {
		t.keeper.flush()
	}
	b := lessons.Bundle{Name: p.Name, Created: p.Created.UnixMilli(), Saved: time.Now().UnixMilli(), Current: p.Current}
	mine := own{Project: p.Encode(time.Now()), Results: map[int]json.RawMessage{}, Sizes: map[int][2]int{}}
	var photos []*teach.Photo
	index := map[int]int{}
	for i, c := range p.Classes {
		b.Classes = append(b.Classes, c.Name)
		index[c.ID] = i
		for _, ph := range p.Members(c.ID) {
			if ph.Spaces != nil {
				photos = append(photos, ph)
			}
		}
	}
	slices.SortFunc(photos, func(a, b *teach.Photo) int { return a.ID - b.ID })
	for _, ph := range photos {
		b.Photos = append(b.Photos, lessons.Note{ID: ph.ID, Name: ph.Name, Hash: ph.Hash, Look: ph.Look, Taken: ph.Taken})
		b.Labels = append(b.Labels, index[ph.Class])
		mine.Sizes[ph.ID] = [2]int{ph.Width, ph.Height}
		for _, s := range ph.Spaces {
			if !slices.Contains(b.Spaces, s) {
				b.Spaces = append(b.Spaces, s)
			}
		}
	}
	for _, n := range t.app.backbones {
		if slices.ContainsFunc(b.Spaces, func(s string) bool { return strings.HasPrefix(s, n.Name+"@") }) {
			var sum head.Hash
			if err := sum.UnmarshalText([]byte(n.SHA256)); err == nil {
				b.Networks = append(b.Networks, project.Network{Name: n.Name, SHA256: sum})
			}
		}
	}
	heads := []any{}
	for _, v := range p.Versions {
		kept, err := t.keeper.version(v.Number)
		if err != nil { // a version that is not there is left out, and the others go
			if b.Current == v.Number {
				b.Current = 0
			}
			continue
		}
		e := lessons.Edition{ID: v.Number, Date: v.When.UnixMilli(), Note: v.Note, Seconds: v.Seconds}
		if r, err := teach.Decoded([]byte(kept.result)); err == nil {
			e.Lesson = &lessons.Lesson{Report: r.Report, Tried: r.Tried, Curve: r.Curve}
			mine.Results[v.Number] = json.RawMessage(kept.result)
		}
		b.Versions = append(b.Versions, e)
		heads = append(heads, map[string]any{protocol.Best: kept.head, protocol.Last: kept.last})
	}
	var err error
	if b.Settings, err = json.Marshal(mine); err != nil {
		return js.Undefined(), err
	}
	thumbs := map[int]js.Value{}
	if t.keeper.store != nil {
		if err := t.keeper.store.All(store.Thumbs, []any{p.ID}, func(keys, values []js.Value) error {
			for i, k := range keys {
				thumbs[k.Index(1).Int()] = values[i]
			}
			return nil
		}); err != nil {
			return js.Undefined(), err
		}
	}
	for _, r := range t.keeper.waiting {
		if r.Kind == store.Thumbs && r.Key[0] == p.ID {
			if v, is := r.Value.(js.Value); is {
				thumbs[r.Key[1].(int)] = v
			}
		}
	}
	pictures := make([]any, len(photos))
	for i, ph := range photos {
		if v, ok := thumbs[ph.ID]; ok {
			pictures[i] = v
		}
	}
	data, err := json.Marshal(b)
	if err != nil {
		return js.Undefined(), err
	}
	message, err := t.lesson.errand(protocol.Bundle, b.Spaces, photos, map[string]any{protocol.Photos: string(data), protocol.Heads: heads, protocol.Thumbs: pictures})
	if err != nil {
		return js.Undefined(), err
	}
	return message.Get(protocol.File), nil
}

// openFile opens a project file as a project of its own; what was open stays saved.
func (t *teacher) openFile(file js.Value) {
	name := file.Get("name").String()
	t.screen.Filing = "Opening " + name
	t.draw()
	err := t.unbundle(file)
	t.screen.Filing = ""
	t.draw()
	if err != nil {
		t.notice("The file could not be opened ("+plain(err)+"). Your project is as it was.", "", "")
		return
	}
	t.app.say("Opened " + name + ".")
}

func (t *teacher) unbundle(file js.Value) error {
	k := &t.keeper
	if k.store == nil {
		return errors.New("there is nowhere to keep it: " + k.why.Error())
	}
	message, err := t.lesson.errand(protocol.Unbundle, nil, nil, map[string]any{protocol.File: file})
	if err != nil {
		return err
	}
	var b lessons.Bundle
	if err := json.Unmarshal([]byte(message.Get(protocol.Photos).String()), &b); err != nil {
		return err
	}
	k.flush()
	k.list()
	p, results, err := t.projectOf(&b)
	if err != nil {
		return err
	}
	p.Name = k.freeName(p.Name)
	// Everything but the project itself is written first: what is cut short is never listed.
	vectors, pictures, heads := message.Get(protocol.Vectors), message.Get(protocol.Thumbs), message.Get(protocol.Heads)
	var records []store.Record
	write := func(least int) error {
		if len(records) < least {
			return nil
		}
		err := k.store.Write(records)
		records = records[:0]
		return err
	}
	for i, n := range b.Photos {
		ph := p.Photo(n.ID)
		for s, space := range b.Spaces {
			if v := vectors.Index(s).Index(i); v.Truthy() {
				records = append(records, store.Record{Kind: store.Features, Key: []any{p.ID, space, n.ID}, Value: v})
				ph.Spaces = append(ph.Spaces, space)
			}
		}
		if v := pictures.Index(i); v.Truthy() {
			blob := js.Global().Get("Blob").New([]any{v}, map[string]any{"type": "image/jpeg"})
			records = append(records, store.Record{Kind: store.Thumbs, Key: []any{p.ID, n.ID}, Value: blob})
		}
		records = append(records, store.Record{Kind: store.Photos, Key: []any{p.ID, n.ID}, Value: string(ph.Encode())})
		if err = write(500); err != nil {
			break
		}
	}
	if err == nil {
		for i, e := range b.Versions {
			records = append(records, store.Record{Kind: store.Heads, Key: []any{p.ID, e.ID}, Value: map[string]any{
				"head": heads.Index(i).Get(protocol.Best), "last": heads.Index(i).Get(protocol.Last), "result": results[e.ID],
			}})
		}
		records = append(records, store.Record{Kind: store.Projects, Key: []any{p.ID}, Value: string(p.Encode(time.Now()))})
		err = write(0)
	}
	if err != nil {
		_ = k.store.Clear(p.ID)
		return err
	}
	k.load(p.ID)
	k.list()
	return nil
}

// projectOf makes a project, with an ID of its own, of one that was read from a file.
func (t *teacher) projectOf(b *lessons.Bundle) (*teach.Project, map[int]string, error) {
	if len(b.Classes) > teach.MaxClasses || len(b.Photos) > teach.MaxPhotos {
		return nil, nil, errors.New("it has " + words.Plural(len(b.Classes), "class", "classes") + " and " + words.Photos(len(b.Photos)) + ", more than a project holds here")
	}
	var mine own
	_ = json.Unmarshal(b.Settings, &mine) // files of the program have nothing of the page's
	p := teach.Opened(newID(), b.Name, time.UnixMilli(b.Created), b.Classes, mine.Project)
	results := map[int]string{}
	for i, n := range b.Photos {
		size := mine.Sizes[n.ID]
		p.Put(teach.Photo{ID: n.ID, Class: p.Classes[b.Labels[i]].ID, Name: n.Name, Hash: n.Hash, Look: n.Look, Taken: n.Taken, Width: size[0], Height: size[1]})
	}
	known := map[int]teach.Version{}
	for _, v := range p.Versions {
		known[v.Number] = v
	}
	p.Versions = nil
	for _, e := range b.Versions {
		r := t.resultOf(e)
		if text, ok := mine.Results[e.ID]; ok {
			results[e.ID] = string(text)
		} else {
			text, err := json.Marshal(r)
			if err != nil {
				return nil, nil, err
			}
			results[e.ID] = string(text)
		}
		v, ok := known[e.ID]
		if !ok {
			v = versionOf(e)
		}
		p.Versions = append(p.Versions, v)
	}
	p.Restore(b.Current)
	if v := p.Version(p.Current); v != nil && len(known) == 0 {
		p.Settings.Network, p.Settings.Size, p.Settings.Thorough = v.Network, v.Size, v.Thorough
	}
	p.Stale = false
	return p, results, nil
}

// versionOf makes a version of one that the program made.
func versionOf(e lessons.Edition) teach.Version {
	v := teach.Version{
		Number: e.ID, When: time.UnixMilli(e.Date), Note: e.Note, Kind: e.Kind, Input: e.Input, Spaces: e.Spaces, Classes: e.Classes, Photos: e.Photos,
		Seed: e.Seed, Seconds: e.Seconds,
	}
	for _, s := range e.Spaces {
		base, view, _ := strings.Cut(s, "/")
		v.Thorough = v.Thorough || view != ""
		if name, size, _ := strings.Cut(base, "@"); v.Network == "" { // of several, the first reads what is added here
			v.Network, v.Size = name, number(size, 1, 4096)
			v.Pixels = v.Size
		}
	}
	if r := e.Lesson.Report; r != nil {
		v.Checked, v.Accuracy, v.Low, v.High, v.Loss = r.Photos, r.Accuracy, r.Low, r.High, r.Loss
	}
	return v
}

func (t *teacher) resultOf(e lessons.Edition) *teach.Result {
	r := &teach.Result{Version: e.ID, Report: e.Lesson.Report, Folds: 1, Held: map[int]teach.Held{}, Tried: e.Lesson.Tried, Curve: e.Lesson.Curve}
	for _, h := range e.Lesson.Held {
		if h.Answer < len(e.Classes) {
			r.Held[h.ID] = teach.Held{Label: e.Classes[h.Answer], Score: h.Score, Own: h.Own, Right: h.Answer == h.Label, Strange: h.Strange}
		}
	}
	return r
}

// errand has the worker that learns do something that is no learning, and waits for it.
func (l *learner) errand(kind string, spaces []string, photos []*teach.Photo, fields map[string]any) (js.Value, error) {
	if l.errandDone != nil {
		return js.Undefined(), errors.New("a file is being made or opened already; try again when that is done")
	}
	if l.job != 0 {
		again := l.kind == protocol.Learn && l.then == nil
		l.cancel()
		l.due = l.due || again
		if again {
			l.timer.Reset(learnDelay)
		}
	}
	type outcome struct {
		message js.Value
		err     error
	}
	done := make(chan outcome, 1)
	l.errandDone = func(message js.Value, err error) { done <- outcome{message, err} }
	l.extra = fields
	l.begin(kind, lessons.Task{Spaces: spaces}, photos, nil)
	out := <-done
	return out.message, out.err
}
