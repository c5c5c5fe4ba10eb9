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
	"homeroom/wasm/protocol"
	"homeroom/wasm/store"
	"homeroom/wasm/teach"
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

// saveStored makes the file of a project that is not open, and offers it.
func (t *teacher) saveStored(id string) {
	t.screen.Filing = "Making the file"
	t.draw()
	got, err := t.lesson.errand(nil, nil, func(job protocol.Job) interface{ Number() protocol.Job } {
		return protocol.WriteFile{Job: job, Stored: id, Networks: t.networks()}
	})
	t.screen.Filing = ""
	t.draw()
	if err != nil {
		t.notice("The project could not be saved as a file: "+plain(err)+".", "", "")
		return
	}
	m := got.(protocol.FileWritten)
	name := fileName(m.Name) + ".homeroom"
	t.app.view.offer(name, m.File.Value)
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

// bundle has the worker make the file of the project that is open.
func (t *teacher) bundle(p *teach.Project) (js.Value, error) {
	if !t.keeper.failed {
		t.keeper.flush()
	}
	message := protocol.WriteFile{Project: protocol.Text(p.Encode(time.Now())), Networks: t.networks()}
	if t.keeper.store != nil {
		message.Stored = p.ID
	}
	var photos []*teach.Photo
	for _, c := range p.Classes {
		for _, ph := range p.Members(c.ID) {
			if ph.Spaces != nil {
				photos = append(photos, ph)
			}
		}
	}
	slices.SortFunc(photos, func(a, b *teach.Photo) int { return a.ID - b.ID })
	var pause breath
	var spaces []string
	for some := range slices.Chunk(photos, photosInAList) {
		var list []json.RawMessage
		for _, ph := range some {
			list = append(list, ph.Encode())
			for _, s := range ph.Spaces {
				if !slices.Contains(spaces, s) {
					spaces = append(spaces, s)
				}
			}
		}
		text, err := json.Marshal(list)
		if err != nil {
			return js.Undefined(), err
		}
		message.Photos = append(message.Photos, protocol.Text(text))
		pause.take()
	}
	for _, v := range p.Versions {
		kept, err := t.keeper.version(v.Number)
		if err != nil { // a version that is not there is left out, and the others go
			continue
		}
		message.Versions = append(message.Versions, protocol.Version{
			Number: v.Number, Best: protocol.Of(kept.head), Last: protocol.Of(kept.last), Quick: protocol.Of(kept.quick), Figures: protocol.Text(kept.result),
		})
		pause.take()
	}
	for _, r := range t.keeper.waiting {
		if r.Kind == store.Thumbs && r.Key[0] == p.ID {
			if v, is := r.Value.(js.Value); is {
				message.Thumbs = append(message.Thumbs, protocol.Thumb{ID: r.Key[1].(int), Picture: protocol.Of(v)})
			}
		}
	}
	got, err := t.lesson.errand(spacesFrom(spaces), photos, func(job protocol.Job) interface{ Number() protocol.Job } {
		message.Job = job
		return message
	})
	if err != nil {
		return js.Undefined(), err
	}
	return got.(protocol.FileWritten).File.Value, nil
}

// photosInAList is how many photos are told of in one piece of JSON: all of them in one would keep the page from answering.
const photosInAList = 100

// networks are those that features may come from, with the checksums of their packs.
func (t *teacher) networks() (out []project.Network) {
	for _, n := range t.app.backbones {
		var sum head.Hash
		if err := sum.UnmarshalText([]byte(n.SHA256)); err == nil {
			out = append(out, project.Network{Name: n.Name, SHA256: sum})
		}
	}
	return out
}

// spacesFrom parses feature spaces, which were parsed before.
func spacesFrom(names []string) (out []feature.Space) {
	for _, name := range names {
		if s, err := feature.Parse(name); err == nil {
			out = append(out, s)
		}
	}
	return out
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
	k.flush()
	k.list()
	var taken []string
	for _, one := range t.screen.Projects {
		taken = append(taken, one.Name)
	}
	if _, err := t.lesson.errand(nil, nil, func(job protocol.Job) interface{ Number() protocol.Job } {
		return protocol.ReadFile{Job: job, File: protocol.Of(file), Stored: id, Taken: taken}
	}); err != nil {
		_ = k.store.Clear(id)
		return err
	}
	k.load(id)
	k.list()
	return nil
}

// errand has the worker that learns do something that is no learning, and waits for it.
func (l *learner) errand(spaces []feature.Space, photos []*teach.Photo, message func(protocol.Job) interface{ Number() protocol.Job }) (any, error) {
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
