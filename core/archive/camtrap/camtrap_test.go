package camtrap

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"
)

// TestRefused has tables and packages that the standard does not allow.
func TestRefused(t *testing.T) {
	for text, want := range map[string]string{
		"":                  "first line",
		"folder,latitude\n": "no column deploymentID",
		"folder,deploymentID,latitude,longitude\na,b,north,1\n":                 `line 2: the latitude "north"`,
		"folder,deploymentID,latitude,longitude,deploymentStart\na,b,1,1,May\n": `"May" is no time`,
		"folder,deploymentID,latitude,longitude\na,b\n":                         "wrong number of fields",
	} {
		if _, _, err := ReadDeployments(strings.NewReader(text), time.UTC); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if _, err := ReadTaxa(strings.NewReader("label,scientificName,observationType\na,b,beast\n")); err == nil || !strings.Contains(err.Error(), "beast") {
		t.Error(err)
	}
	now := time.Now()
	place := []Deployment{{ID: "a"}}
	for _, c := range []struct {
		p    Package
		want string
	}{
		{Package{Deployments: []Deployment{{ID: "a"}, {ID: "a"}}}, "twice"},
		{Package{Deployments: []Deployment{{ID: "a", Latitude: 91}}}, "latitude"},
		{Package{Deployments: []Deployment{{}}}, "no deploymentID"},
		{Package{Deployments: place, Photos: []Photo{{Path: "x", Deployment: "b", Taken: now}}}, "not listed"},
		{Package{Deployments: place, Photos: []Photo{{Path: "x", Deployment: "a"}}}, "when it was taken"},
		{Package{Deployments: place, Photos: []Photo{{Path: "../x", Deployment: "a", Taken: now}}}, "leads out"},
		{Package{Deployments: place, Photos: []Photo{{Path: "x", Deployment: "a", Taken: now}, {Path: "x", Deployment: "a", Taken: now}}}, "twice"},
		{Package{Taxa: map[string]Taxon{"a": {Type: "beast"}}}, "beast"},
	} {
		if err := c.p.Check(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.p, err, c.want)
		}
	}
}

// TestTaxa has labels and what they stand for.
func TestTaxa(t *testing.T) {
	for _, c := range []struct {
		p     Package
		label string
		want  Taxon
	}{
		{Package{Latin: true}, "Vulpes vulpes", Taxon{"Vulpes vulpes", "animal"}}, {Package{Latin: true}, "red fox", Taxon{"", "animal"}},
		{Package{Latin: true}, "Red fox 2", Taxon{"", "animal"}}, {Package{Latin: true}, "VULPES VULPES", Taxon{"", "animal"}},
		{Package{}, "Vulpes vulpes", Taxon{"", "animal"}}, {Package{}, "Red fox", Taxon{"", "animal"}}, {Package{}, "", Taxon{"", "animal"}},
		{Package{General: true}, "African crocodile", Taxon{"", "unknown"}}, {Package{General: true}, "espresso", Taxon{"", "unknown"}},
		{Package{}, "Person", Taxon{"Homo sapiens", "human"}}, {Package{}, "empty", Taxon{"", "blank"}}, {Package{General: true}, "car", Taxon{"", "vehicle"}},
	} {
		if got := c.p.TaxonOf(c.label); got != c.want {
			t.Errorf("%q is %v, want %v", c.label, got, c.want)
		}
	}
}

// FuzzTables reads any tables, and writes a package of the deployments that it gets.
func FuzzTables(f *testing.F) {
	f.Add([]byte("folder,deploymentID,latitude,longitude,deploymentStart\na,b,1,-2,2024-05-17\n"))
	f.Add([]byte("\ufefflabel,scientificName,observationType\na,b,human\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if taxa, err := ReadTaxa(bytes.NewReader(data)); err == nil {
			if err := (&Package{Taxa: taxa}).Check(); err != nil {
				t.Fatal(err)
			}
		}
		all, folders, err := ReadDeployments(bytes.NewReader(data), time.UTC)
		if err != nil {
			return
		}
		if len(all) != len(folders) {
			t.Fatalf("%d deployments in %d folders", len(all), len(folders))
		}
		p := &Package{Deployments: all, Created: time.Unix(0, 0)}
		if p.Check() != nil {
			return
		}
		if err := p.Write(func(_ string, write func(io.Writer) error) error { return write(io.Discard) }); err != nil {
			t.Fatal(err)
		}
	})
}
