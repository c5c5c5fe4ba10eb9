package engine

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"homeroom/core/feature"
	"homeroom/core/head"
	"homeroom/core/project"
	"homeroom/core/training"
	"homeroom/wasm/protocol"
)

// TestProjectsGoThroughFiles makes a file of the records of a project as the page sends them, and a
// project of the file.
func TestProjectsGoThroughFiles(t *testing.T) {
	s, task := filled(t, 6)
	states, l, err := s.Learn(t.Context(), task, func(training.Progress) {})
	if err != nil {
		t.Fatal(err)
	}
	var last, quick head.Head
	for _, h := range []*head.Head{&last, &quick} {
		if err := h.UnmarshalBinary(states.Best); err != nil {
			t.Fatal(err)
		}
	}
	last.Temperature *= 2 // as after many steps
	quick.Temperature *= 3
	lastData, err := last.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	quickData, err := quick.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	figures := (&project.Figures{Version: 1, Report: l.Report, Tried: l.Tried, Held: map[int]project.HeldOut{1: {Label: "Cats", Score: 0.5}}}).Encode()

	p := project.New("id", "Pets", time.UnixMilli(5).UTC())
	p.AddClasses([]string{"Cats", "Fish"})
	set := p.Settings
	set.Unknown = false
	p.Set(set)
	for i, id := range task.IDs {
		ph, err := p.NewPhoto(s.notes[id].Name)
		if err != nil {
			t.Fatal(err)
		}
		ph.Read(net, false)
		p.SetHash(ph, s.notes[id].Hash)
		ph.Width, ph.Height = id, 2*id
		p.AddPhotos(p.Classes[task.Labels[i]].ID, []*project.Photo{ph})
	}
	loose, err := p.NewPhoto("loose.jpg")
	if err != nil {
		t.Fatal(err)
	}
	loose.Read(net, false)
	p.AddUnlabelled([]*project.Photo{loose})
	s.put(net, loose.ID, s.rows[net][1])
	p.AddVersion(project.Version{When: time.UnixMilli(7).UTC(), Note: "good", Seconds: 0.5, Classes: task.Classes, States: []project.State{{Step: 1}, {Step: 2}}, Last: true})
	p.AddVersion(project.Version{}) // whose head is missing
	p.Current = 1
	var list []json.RawMessage
	for _, ph := range p.Changes().Photos {
		list = append(list, ph.Encode())
	}
	text, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	sent, err := records(protocol.Text(p.Encode(time.UnixMilli(9))), []protocol.Text{protocol.Text(text)})
	if err != nil {
		t.Fatal(err)
	}
	learnt := []project.Learnt{{Number: 1, Best: states.Best, Last: lastData, Quick: quickData, Figures: figures}}
	networks := []project.Network{{Name: "net"}}
	f, err := s.file(sent, time.UnixMilli(9), networks, learnt)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := project.Write(&out, f); err != nil {
		t.Fatal(err)
	}
	read, err := project.Read("pets.homeroom", out.Bytes(), project.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if !read.NamesAll || read.Head().Temperature != last.Temperature || !read.Head().Unknown.Never || !reflect.DeepEqual(read.Networks, networks) || read.Saved != 9 || read.Created != 5 {
		t.Errorf("the program reads %+v", read)
	}
	if v := read.Versions[0]; len(read.Versions) != 1 || v.Valid == nil || v.Valid.Photos != 12 || len(v.Tried) == 0 {
		t.Errorf("the program is not told the figures: %+v", v)
	}
	back, results, err := read.Open("other")
	if err != nil {
		t.Fatal(err)
	}
	if back.Name != "Pets" || back.Current != 1 || len(back.Versions) != 1 || !reflect.DeepEqual(back.Versions[0], p.Versions[0]) || !reflect.DeepEqual(back.Classes, p.Classes) || back.Settings != p.Settings {
		t.Errorf("it came back as %+v, was %+v", back, p)
	}
	if n := len(read.Unlabelled); n != 1 || !reflect.DeepEqual(read.Unlabelled[0].Features[0], s.rows[net][1]) {
		t.Errorf("%d photos without a class are in the file, or with other features", n)
	}
	for id := 1; id <= 13; id++ {
		if a, b := back.Photo(id), p.Photo(id); !reflect.DeepEqual(a, b) {
			t.Errorf("a photo came back as %+v, was %+v", a, b)
		}
	}
	if !bytes.Equal(results[1], figures) {
		t.Errorf("the figures came back as %s, were %s", results[1], figures)
	}
	kept, err := heads(&read.Versions[0])
	if err != nil || !reflect.DeepEqual(kept, States{states.Best, lastData, quickData}) {
		t.Errorf("the heads came back otherwise: %v", err)
	}
	if got := spacesOf([]*project.Photo{{Spaces: []feature.Space{net.Of(feature.Flip)}}, {Spaces: []feature.Space{net, net.Of(feature.Flip)}}}); !reflect.DeepEqual(got, []feature.Space{net.Of(feature.Flip), net}) {
		t.Errorf("the spaces of two photos are %v", got)
	}
	for _, bad := range []protocol.Text{"", "[7]", `[{"id":0}]`} {
		if _, err := records(protocol.Text(p.Encode(time.UnixMilli(9))), []protocol.Text{bad}); err == nil {
			t.Errorf("the photos %q were read", bad)
		}
	}
}
