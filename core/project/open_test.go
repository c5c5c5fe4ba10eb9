package project

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"homeroom/core/bank"
	"homeroom/core/feature"
	"homeroom/core/head"
)

// opened reads a file of testdata and opens it as a project.
func opened(t testing.TB, path, id string) (*File, *Project, map[int][]byte) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := Read(path, data, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	p, figures, err := f.Open(id)
	if err != nil {
		t.Fatal(err)
	}
	return f, p, figures
}

// ofTheProgram are files that the program wrote once, one a kind of head that there was.
func ofTheProgram(t testing.TB) []string {
	t.Helper()
	paths, err := filepath.Glob("testdata/of-*.homeroom")
	if err != nil || len(paths) < 5 {
		t.Fatalf("of the program's files there are %v, %v", paths, err)
	}
	return paths
}

// learntOf are the versions of a file as they go into another.
func learntOf(t testing.TB, f *File, figures map[int][]byte) (out []Learnt) {
	t.Helper()
	write := func(h *head.Head) []byte {
		data, err := h.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	for _, v := range f.Versions {
		l := Learnt{Number: v.ID, Best: write(v.Best), Figures: figures[v.ID]}
		if v.Last != v.Best {
			l.Last = write(v.Last)
		}
		if v.Quick != nil {
			l.Quick = write(v.Quick)
		}
		out = append(out, l)
	}
	return out
}

// TestThePagesFileKeepsItsBytes opens a file that an earlier page wrote as a project, and writes
// that again with the same number and at the same time: not a byte changes.
func TestThePagesFileKeepsItsBytes(t *testing.T) {
	local := time.Local
	time.Local = time.UTC // as where it was written
	defer func() { time.Local = local }()
	const path = "testdata/page.homeroom"
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, _, _ := opened(t, path, "")
	own, r, err := f.own()
	if err != nil || r.Format != recordFormat {
		t.Fatalf("%v of format %d", err, r.Format)
	}
	f, p, figures := opened(t, path, r.ID)
	p.history.away = r.Undone
	if p.Name != "Pets" || len(p.Classes) != 2 || p.Classes[0].Name != "Kittens" || p.Count() != 10 || len(p.Versions) != 3 || p.Current != 3 || len(figures) != 3 {
		t.Errorf("it is %s", state(p))
	}
	if v := p.Version(3); len(v.States) != 2 && v.Last || v.Checked == 0 || !slices.Equal(v.Classes, []string{"Kittens", "Fish"}) {
		t.Errorf("its third version is %+v", v)
	}
	// Its settings name no network, being from before there was a choice of first ones.
	if !bytes.Contains(f.Settings, []byte(`"settings":{"network":"",`)) || p.Settings.Network != feature.FormerNetwork {
		t.Errorf("its network is %q", p.Settings.Network)
	}
	p.Settings.Network = ""
	photos, labels := p.Examples()
	if len(photos) != 10 || labels[9] != 1 || photos[0].Width != own.Sizes[photos[0].ID][0] || photos[0].Hash == (bank.Hash{}) {
		t.Errorf("its first photo is %+v", photos[0])
	}
	again, err := p.File(r.Saved, f.Networks, f.Bank, f.Unlabelled, learntOf(t, f, figures))
	if err != nil {
		t.Fatal(err)
	}
	again.Saved, again.Thumbs = f.Saved, f.Thumbs // which the page took a moment later
	var out bytes.Buffer
	if err := Write(&out, again); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.Bytes(), want) {
		t.Errorf("it is written with %d bytes other than the %d that it has:\n%s\nand was\n%s", out.Len(), len(want), again.Settings[:min(3000, len(again.Settings))], f.Settings[:min(3000, len(f.Settings))])
	}
}

// TestFilesOfTheProgramOpen opens files without anything of a page's.
func TestFilesOfTheProgramOpen(t *testing.T) {
	for _, path := range ofTheProgram(t) {
		kind := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), "of-"), ".homeroom")
		f, p, figures := opened(t, path, "x")
		v := p.Version(1)
		if p.Current != 1 || v == nil || v.Kind != kind || v.Network != "net" || v.Size != 32 || v.Checked != 3 || v.Note != "first" {
			t.Errorf("%s: its version is %+v", kind, v)
		}
		if p.Settings.Network != "net" || p.Settings.Size != 32 || p.Settings.Unknown == f.NamesAll {
			t.Errorf("%s: its settings are %+v", kind, p.Settings)
		}
		g, err := DecodeFigures(figures[1])
		if err != nil || len(g.Held) != len(f.Versions[0].Held) || g.Report.Confusion == nil || g.Version != 1 {
			t.Errorf("%s: its figures are %+v, %v", kind, g, err)
		}
		if photos, labels := p.Examples(); len(photos) != 36 || labels[35] != 2 || len(photos[35].Spaces) != 2 || len(photos[0].Spaces) != 1 {
			t.Errorf("%s: %d photos", kind, len(photos))
		}
		// What is taught further goes into a file, and comes out of it.
		p.RenameClass(p.Classes[0].ID, "Oaks")
		p.SayRight(p.Members(p.Classes[1].ID)[0].ID)
		next, err := p.File(time.Unix(9, 0), f.Networks, renamed(f.Bank, "Oaks"), f.Unlabelled, learntOf(t, f, figures))
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := Write(&out, next); err != nil {
			t.Fatal(err)
		}
		back, err := Read("next", out.Bytes(), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		q, _, err := back.Open("x")
		if err != nil || state(q) != state(p) {
			t.Errorf("%s: %v; it came back as\n%s\nwas\n%s", kind, err, state(q), state(p))
		}
	}
}

func renamed(b *bank.Bank, first string) *bank.Bank {
	c := *b
	c.Classes = append([]string{first}, b.Classes[1:]...)
	return &c
}

// TestReportsWithTooManyClassesAreRefused has projects whose figures would be shown as tables of
// 20,000 × 20,000 and 100,000 × 100,000 cells.
func TestReportsWithTooManyClassesAreRefused(t *testing.T) {
	files := hostile(t)
	for _, name := range []string{"brick-20k-report-classes.homeroom", "brick-100k-report-classes.homeroom"} {
		var err error
		took := allocated(func() {
			var f *File
			if f, err = Read(name, files[name], Limits{}); err == nil {
				_, _, err = f.Open("x")
			}
		})
		if err == nil || !strings.Contains(err.Error(), "20000 classes, and a project holds 500") && !strings.Contains(err.Error(), "settings: a part of it has more than 2050 KB") {
			t.Errorf("%s: %v", name, err)
		}
		if took > 100<<20 {
			t.Errorf("%s: to refuse it took %d MB", name, took>>20)
		}
	}
}

// TestOpenRefuses has files whose page's part cannot be shown.
func TestOpenRefuses(t *testing.T) {
	open := func(change func(f *File, own *pageOwn, r *record)) error {
		data, err := os.ReadFile("testdata/page.homeroom")
		if err != nil {
			t.Fatal(err)
		}
		f, err := Read("x", data, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		own, r, err := f.own()
		if err != nil {
			t.Fatal(err)
		}
		change(f, &own, &r)
		if own.Project != nil {
			if own.Project, err = json.Marshal(r); err != nil {
				t.Fatal(err)
			}
		}
		if f.Settings != nil {
			if f.Settings, err = json.Marshal(own); err != nil {
				t.Fatal(err)
			}
		}
		_, _, err = f.Open("x")
		return err
	}
	for _, c := range []struct {
		want   string
		change func(f *File, own *pageOwn, r *record)
	}{
		{"", func(f *File, own *pageOwn, r *record) {}},
		{"", func(f *File, own *pageOwn, r *record) { own.Project, own.Results = nil, nil }},
		{"", func(f *File, own *pageOwn, r *record) { f.Settings = nil }},
		{"", func(f *File, own *pageOwn, r *record) { r.Format = 9 }}, // of a later page: what the file itself says is enough
		{"501 classes", func(f *File, own *pageOwn, r *record) { f.Bank.Classes = make([]string, 501) }},
		{"number 0", func(f *File, own *pageOwn, r *record) { r.Classes[0].ID = 0 }},
		{"number 1", func(f *File, own *pageOwn, r *record) { r.Classes[1].ID = r.Classes[0].ID }},
		{"is of class", func(f *File, own *pageOwn, r *record) { own.Sure = map[int]int{1: -4} }},
		{"-4 × 5 pixels", func(f *File, own *pageOwn, r *record) { own.Sizes[1] = [2]int{-4, 5} }},
		{"figures of a version", func(f *File, own *pageOwn, r *record) {
			own.Results[1] = []byte(`{"report":{"classes":[],"cells":[[0,0,1]]}}`)
		}},
		{"figures are of 1", func(f *File, own *pageOwn, r *record) {
			own.Results[1] = []byte(`{"report":{"classes":[{"name":"a"}]}}`)
		}},
		{"figures of a version", func(f *File, own *pageOwn, r *record) { own.Results[1] = []byte(`7`) }},
		{"probability 3", func(f *File, own *pageOwn, r *record) { own.Results[1] = []byte(`{"held":{"1":{"score":3}}}`) }},
	} {
		err := open(c.change)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%q in %v", c.want, err)
		}
	}
}
