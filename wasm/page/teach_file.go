//go:build js && wasm

package page

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"syscall/js"
	"time"

	"homeroom/core/feature"
	"homeroom/core/head"
	"homeroom/core/project"
	"homeroom/wasm/engine"
	"homeroom/wasm/protocol"
	"homeroom/wasm/store"
	"homeroom/wasm/teach"
	"homeroom/wasm/words"
)

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
	b := engine.Bundle{Name: p.Name, Created: p.Created.UnixMilli(), Saved: time.Now().UnixMilli(), Current: p.Current, NamesAll: !p.Settings.Unknown, Own: p.Encode(time.Now())}
	if t.keeper.store != nil {
		b.Project = p.ID
	}
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
	var message protocol.Bundle
	var pause breath
	for some := range slices.Chunk(photos, engine.SheafSize) {
		var sheaf engine.Sheaf
		for _, ph := range some {
			sheaf.Photos, sheaf.Labels = append(sheaf.Photos, noteOf(ph)), append(sheaf.Labels, index[ph.Class])
			sheaf.Sizes = append(sheaf.Sizes, [2]int{ph.Width, ph.Height})
			for _, s := range ph.Spaces {
				if !slices.Contains(b.Spaces, s) {
					b.Spaces = append(b.Spaces, s)
				}
			}
		}
		text, err := json.Marshal(sheaf)
		if err != nil {
			return js.Undefined(), err
		}
		message.Sheaves = append(message.Sheaves, protocol.Text(text))
		pause.take()
	}
	for _, n := range t.app.backbones {
		if slices.ContainsFunc(b.Spaces, func(s string) bool { return plainOf(s).Network == n.Name }) {
			var sum head.Hash
			if err := sum.UnmarshalText([]byte(n.SHA256)); err == nil {
				b.Networks = append(b.Networks, project.Network{Name: n.Name, SHA256: sum})
			}
		}
	}
	for _, v := range p.Versions {
		kept, err := t.keeper.version(v.Number)
		if err != nil { // a version that is not there is left out, and the others go
			if b.Current == v.Number {
				b.Current = 0
			}
			continue
		}
		e := engine.Edition{ID: v.Number, Date: v.When.UnixMilli(), Note: v.Note, Seconds: v.Seconds}
		if v.Last {
			e.State = project.Last
		}
		b.Versions = append(b.Versions, e)
		message.Heads = append(message.Heads, protocol.Volume{Best: protocol.Of(kept.head), Last: protocol.Of(kept.last), Quick: protocol.Of(kept.quick), Result: protocol.Text(kept.result)})
		pause.take()
	}
	for _, r := range t.keeper.waiting {
		if r.Kind == store.Thumbs && r.Key[0] == p.ID {
			if v, is := r.Value.(js.Value); is {
				message.Thumbs = append(message.Thumbs, protocol.Thumb{ID: r.Key[1].(int), Picture: protocol.Of(v)})
			}
		}
	}
	data, err := json.Marshal(b)
	if err != nil {
		return js.Undefined(), err
	}
	message.Project = protocol.Text(data)
	got, err := t.lesson.errand(b.Spaces, photos, func(job protocol.Job) interface{ Number() protocol.Job } {
		message.Job = job
		return message
	})
	if err != nil {
		return js.Undefined(), err
	}
	return got.(protocol.Bundled).File.Value, nil
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
	id := newID()
	note := func(value any) error {
		return k.store.Write([]store.Record{{Kind: store.Notes, Key: []any{opening}, Value: value}})
	}
	if err := note(id + " " + strconv.FormatInt(time.Now().UnixMilli(), 10)); err != nil {
		return err
	}
	defer note(nil) // where that fails, sweep does it
	got, err := t.lesson.errand(nil, nil, func(job protocol.Job) interface{ Number() protocol.Job } {
		return protocol.Unbundle{Job: job, File: protocol.Of(file), Project: id}
	})
	var b engine.Bundle
	if err == nil {
		m := got.(protocol.Unbundled)
		if err = json.Unmarshal([]byte(m.Project), &b); err == nil {
			err = t.keepOpened(id, &b, m.Sheaves, m.Heads)
		}
	}
	if err != nil {
		_ = k.store.Clear(id)
		return err
	}
	k.load(id)
	k.list()
	return nil
}

// keepOpened writes a project that was read from a file. Its features and thumbnails are in the store already; the project
// itself is written last, so that what is cut short is never listed.
func (t *teacher) keepOpened(id string, b *engine.Bundle, sheaves []protocol.Text, heads []protocol.Volume) error {
	k := &t.keeper
	k.flush()
	k.list()
	p, results, err := t.projectOf(id, b, heads)
	if err != nil {
		return err
	}
	p.Name = k.freeName(p.Name)
	photos := 0
	for _, text := range sheaves {
		var s engine.Sheaf
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			return err
		}
		if photos += len(s.Photos); photos > teach.MaxPhotos {
			return errors.New("it has more than " + words.Photos(teach.MaxPhotos) + ", which is what a project holds here")
		}
		var records []store.Record
		for i, n := range s.Photos {
			ph := teach.Photo{
				ID: n.ID, Class: p.Classes[s.Labels[i]].ID, Name: n.Name, Hash: n.Hash, Look: n.Look, Taken: n.Taken, Folder: n.Folder,
				Width: s.Sizes[i][0], Height: s.Sizes[i][1],
			}
			for _, k := range s.Spaces[i] {
				ph.Spaces = append(ph.Spaces, b.Spaces[k])
			}
			p.Put(ph)
			records = append(records, store.Record{Kind: store.Photos, Key: []any{id, n.ID}, Value: string(ph.Encode())})
		}
		if err := k.store.Write(records); err != nil {
			return err
		}
	}
	var records []store.Record
	for i, e := range b.Versions {
		records = append(records, store.Record{Kind: store.Heads, Key: []any{id, e.ID}, Value: map[string]any{
			"head": protocol.Value(heads[i].Best), "last": protocol.Value(heads[i].Last), "quick": protocol.Value(heads[i].Quick), "result": results[i],
		}})
	}
	records = append(records, store.Record{Kind: store.Projects, Key: []any{id}, Value: string(p.Encode(time.Now()))})
	return k.store.Write(records)
}

// projectOf makes a project without photos of one that was read from a file, with what is known of each of its versions.
func (t *teacher) projectOf(id string, b *engine.Bundle, heads []protocol.Volume) (*teach.Project, []string, error) {
	if len(b.Classes) > teach.MaxClasses {
		return nil, nil, errors.New("it has " + words.Plural(len(b.Classes), "class", "classes") + ", more than a project holds here")
	}
	p := teach.Opened(id, b.Name, time.UnixMilli(b.Created), b.Classes, b.Own)
	var results []string
	known := map[int]teach.Version{}
	for _, v := range p.Versions {
		known[v.Number] = v
	}
	p.Versions = nil
	for i, e := range b.Versions {
		if e.Lesson != nil && e.Lesson.Report != nil {
			if err := e.Lesson.Report.Expand(); err != nil {
				return nil, nil, err
			}
		}
		if text := heads[i].Result; text != "" {
			results = append(results, string(text))
		} else {
			results = append(results, string(t.resultOf(e).Encode()))
		}
		v, ok := known[e.ID]
		if !ok {
			v = versionOf(e)
		}
		v.Last = e.State == project.Last && v.States != nil
		p.Versions = append(p.Versions, v)
	}
	p.Restore(b.Current)
	if v := p.Version(p.Current); v != nil && len(known) == 0 {
		p.Settings.Network, p.Settings.Size, p.Settings.Thorough = v.Network, v.Size, v.Thorough
	}
	if b.NamesAll {
		p.Settings.Unknown = false
	}
	p.Stale = false
	return p, results, nil
}

// versionOf makes a version of one that the program made.
func versionOf(e engine.Edition) teach.Version {
	v := teach.Version{
		Number: e.ID, When: time.UnixMilli(e.Date), Note: e.Note, Kind: e.Kind, Input: e.Input, Spaces: e.Spaces, Classes: e.Classes, Photos: e.Photos,
		Seed: e.Seed, Seconds: e.Seconds,
	}
	for _, name := range e.Spaces {
		s, err := feature.Parse(name)
		v.Thorough = v.Thorough || s.View != feature.Plain
		if err == nil && v.Network == "" { // of several, the first reads what is added here
			v.Network, v.Size, v.Pixels = s.Network, s.Size, s.Size
		}
	}
	if e.Lesson == nil { // a file that has figures of a version that its project does not know
		return v
	}
	if r := e.Lesson.Report; r != nil {
		v.Checked, v.Accuracy, v.Low, v.High, v.Loss = r.Photos, r.Accuracy, r.Low, r.High, r.Loss
	}
	v.States = teach.StatesOf(e.Lesson.Curve)
	return v
}

func (t *teacher) resultOf(e engine.Edition) *teach.Result {
	r := &teach.Result{Version: e.ID, Report: e.Lesson.Report, Folds: 1, Held: map[int]teach.Held{}, Tried: e.Lesson.Tried, Curve: e.Lesson.Curve}
	for _, h := range e.Lesson.Held {
		if h.Answer < len(e.Classes) {
			r.Held[h.ID] = teach.Held{Label: e.Classes[h.Answer], Score: h.Score, Own: h.Own, Right: h.Answer == h.Label, Strange: h.Strange}
		}
	}
	return r
}

// errand has the worker that learns do something that is no learning, and waits for it.
func (l *learner) errand(spaces []string, photos []*teach.Photo, message func(protocol.Job) interface{ Number() protocol.Job }) (any, error) {
	if l.errandDone != nil {
		return nil, errors.New("a file is being made or opened already; try again when that is done")
	}
	if l.job != 0 {
		again := l.kind == learning && l.then == nil
		l.cancel()
		l.due = l.due || again
		if again {
			l.timer.Reset(learnDelay)
		}
	}
	type outcome struct {
		message any
		err     error
	}
	done := make(chan outcome, 1)
	l.errandDone = func(message any, err error) { done <- outcome{message, err} }
	l.extra = message
	l.begin(filing, protocol.Task{Spaces: spaces}, photos, nil)
	out := <-done
	return out.message, out.err
}
