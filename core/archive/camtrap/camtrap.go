// Package camtrap writes what photos of camera traps show as a Camera Trap Data Package (Camtrap DP
// 1.0.2, a standard of TDWG): the tables deployments, media and observations, and datapackage.json.
package camtrap

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// A Deployment is a camera at a place for a time.
type Deployment struct {
	ID, LocationName    string
	Latitude, Longitude float64   // in degrees, WGS84
	Start, End          time.Time // zero for the times of its first and last photo

	doubtful bool // times of its photos are those of files
}

// A Photo is one with what it was found to show.
type Photo struct {
	Path       string // with slashes, inside the folder that holds the package
	Deployment string
	Taken      time.Time
	FileTime   bool   // Taken is when the file was changed last: the photo itself does not say
	MediaType  string // image/jpeg
	Label      string // "" where it is not sure enough
	Score      float64
	Unknown    bool // unlike everything that was taught
	Event      int  // number of the burst, from 1; 0 for none
}

// A Taxon says what a label stands for.
type Taxon struct {
	ScientificName string
	Type           string // one of Types; "" for animal
}

// Types are the kinds of observations.
var Types = []string{"animal", "human", "vehicle", "blank", "unknown", "unclassified"}

// A Package is all that is written.
type Package struct {
	Name, Title string // Name of small letters, digits, dots, dashes and underscores
	Created     time.Time
	Program     string // that classified, with the network
	Deployments []Deployment
	Photos      []Photo
	Taxa        map[string]Taxon // by label; for others see TaxonOf
	Latin       bool             // other labels of two words are scientific names
	General     bool             // labels are a network's own words, most of which are no animals
	Events      bool             // a burst is one observation
	// About replaces and adds properties of datapackage.json, such as contributors and project.
	About map[string]json.RawMessage
}

const (
	version   = "1.0.2"
	published = "https://raw.githubusercontent.com/tdwg/camtrap-dp/" + version + "/"
	timestamp = "2006-01-02T15:04:05-0700"
)

// Check says what is wrong with a package: what the standard requires and is not there.
func (p *Package) Check() error {
	known := map[string]bool{}
	for _, d := range p.Deployments {
		switch {
		case strings.TrimSpace(d.ID) == "":
			return errors.New("a deployment has no deploymentID")
		case known[d.ID]:
			return fmt.Errorf("the deployment %s is there twice", d.ID)
		case !(d.Latitude >= -90 && d.Latitude <= 90 && d.Longitude >= -180 && d.Longitude <= 180):
			return fmt.Errorf("the deployment %s lies at %v, %v: a latitude is from -90 to 90, a longitude from -180 to 180", d.ID, d.Latitude, d.Longitude)
		}
		known[d.ID] = true
	}
	paths := map[string]bool{}
	for _, f := range p.Photos {
		switch {
		case !known[f.Deployment]:
			return fmt.Errorf("%s is of the deployment %q, which is not listed", f.Path, f.Deployment)
		case f.Taken.IsZero():
			return fmt.Errorf("%s does not say when it was taken", f.Path)
		case f.Path == "" || strings.ContainsAny(f.Path[:1], "./~") || strings.Contains(f.Path, ".."):
			return fmt.Errorf("the path %q leads out of the package", f.Path)
		case paths[f.Path]:
			return fmt.Errorf("the path %q is there twice", f.Path)
		}
		paths[f.Path] = true
	}
	for label, t := range p.Taxa {
		if t.Type != "" && !slices.Contains(Types, t.Type) {
			return fmt.Errorf("%s: the observationType %q is none of %s", label, t.Type, strings.Join(Types, ", "))
		}
	}
	return nil
}

// TaxonOf tells what a label stands for that Taxa does not have: words for people, vehicles and
// nothing are those, and any other is an animal's, or unknown where labels are General. That a
// label of two words is a scientific name is not to be seen: “Red fox” has the form of one.
func (p *Package) TaxonOf(label string) Taxon {
	switch strings.ToLower(label) {
	case "human", "person", "people", "man", "woman", "child":
		return Taxon{"Homo sapiens", "human"}
	case "vehicle", "car", "truck", "bicycle", "motorcycle":
		return Taxon{"", "vehicle"}
	case "blank", "empty", "nothing", "none":
		return Taxon{"", "blank"}
	}
	words := strings.Fields(label)
	latin := p.Latin && len(words) == 2
	for i, w := range words {
		for k, r := range w {
			latin = latin && unicode.IsLetter(r) && unicode.IsUpper(r) == (i == 0 && k == 0)
		}
	}
	if latin {
		return Taxon{label, "animal"}
	}
	if p.General {
		return Taxon{"", "unknown"}
	}
	return Taxon{"", "animal"}
}

// Write writes all files; create makes one by its name.
func (p *Package) Write(create func(name string, write func(io.Writer) error) error) error {
	if err := p.Check(); err != nil {
		return err
	}
	deployments := p.spans()
	taxa := map[string]bool{}
	for _, t := range []struct {
		name string
		rows []cells
	}{{"deployments", p.deploymentRows(deployments)}, {"media", p.mediaRows()}, {"observations", p.observationRows(taxa)}} {
		err := create(t.name+".csv", func(w io.Writer) error {
			return writeTable(w, t.name, t.rows)
		})
		if err != nil {
			return err
		}
	}
	return create("datapackage.json", func(w io.Writer) error { return p.describe(w, deployments, taxa) })
}

// spans returns the deployments with the times of their photos where they have none of their own.
func (p *Package) spans() []Deployment {
	all := slices.Clone(p.Deployments)
	for i := range all {
		d := &all[i]
		start, end := d.Start, d.End
		for _, f := range p.Photos {
			if f.Deployment != d.ID {
				continue
			}
			d.doubtful = d.doubtful || f.FileTime
			if d.Start.IsZero() && (start.IsZero() || f.Taken.Before(start)) {
				start = f.Taken
			}
			if d.End.IsZero() && f.Taken.After(end) {
				end = f.Taken
			}
		}
		d.Start, d.End = start, end
	}
	// One without times and photos tells nothing, and the standard wants times.
	return slices.DeleteFunc(all, func(d Deployment) bool { return d.Start.IsZero() || d.End.IsZero() })
}

func number(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// columns are all columns of the tables, in the order of the standard: a validator wants them all.
var columns = map[string]string{
	"deployments": "deploymentID locationID locationName latitude longitude coordinateUncertainty deploymentStart deploymentEnd setupBy cameraID cameraModel cameraDelay cameraHeight " +
		"cameraDepth cameraTilt cameraHeading detectionDistance timestampIssues baitUse featureType habitat deploymentGroups deploymentTags deploymentComments",
	"media": "mediaID deploymentID captureMethod timestamp filePath filePublic fileName fileMediatype exifData favorite mediaComments",
	"observations": "observationID deploymentID mediaID eventID eventStart eventEnd observationLevel observationType cameraSetupType scientificName count lifeStage sex behavior individualID " +
		"individualPositionRadius individualPositionAngle individualSpeed bboxX bboxY bboxWidth bboxHeight classificationMethod classifiedBy classificationTimestamp " +
		"classificationProbability observationTags observationComments",
}

// cells are what is known of a row, by column.
type cells map[string]string

// writeTable writes rows with all columns of a table.
func writeTable(w io.Writer, name string, rows []cells) error {
	out := csv.NewWriter(w)
	head := strings.Fields(columns[name])
	line := make([]string, len(head))
	if err := out.Write(head); err != nil {
		return err
	}
	for _, row := range rows {
		for i, column := range head {
			line[i] = row[column]
		}
		if err := out.Write(line); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func (p *Package) deploymentRows(all []Deployment) (rows []cells) {
	for _, d := range all {
		row := cells{"deploymentID": d.ID, "locationName": d.LocationName, "latitude": number(d.Latitude), "longitude": number(d.Longitude),
			"deploymentStart": d.Start.Format(timestamp), "deploymentEnd": d.End.Format(timestamp)}
		if d.doubtful {
			row["timestampIssues"] = "true"
		}
		rows = append(rows, row)
	}
	return rows
}

func (p *Package) mediaRows() (rows []cells) {
	for _, f := range p.Photos {
		row := cells{"mediaID": f.Path, "deploymentID": f.Deployment, "timestamp": f.Taken.Format(timestamp), "filePath": f.Path, "filePublic": "false",
			"fileName": f.Path[strings.LastIndexByte(f.Path, '/')+1:], "fileMediatype": f.MediaType}
		if f.FileTime {
			row["mediaComments"] = "timestamp: when the file was changed last; the photo does not say when it was taken"
		}
		rows = append(rows, row)
	}
	return rows
}

// observationRows has a row for each photo, or for each burst, and collects the scientific names.
func (p *Package) observationRows(taxa map[string]bool) (rows []cells) {
	for _, event := range p.events() {
		f := event[0]
		start, end := f.Taken, f.Taken
		for _, other := range event {
			if other.Taken.Before(start) {
				start = other.Taken
			}
			if other.Taken.After(end) {
				end = other.Taken
			}
		}
		media, level := f.Path, "media"
		if p.Events {
			media, level = "", "event"
		}
		id := ""
		if f.Event > 0 {
			id = fmt.Sprintf("event-%d", f.Event)
		} else if p.Events {
			id = f.Path
		}
		t, comment, score := Taxon{Type: "unclassified"}, "", ""
		switch {
		case f.Unknown:
			t.Type = "unknown"
		case f.Label != "":
			var told bool
			if t, told = p.Taxa[f.Label]; !told {
				t = p.TaxonOf(f.Label)
			}
			t.Type = cmp.Or(t.Type, "animal")
			comment, score = "label: "+f.Label, strconv.FormatFloat(min(f.Score, 1), 'f', 4, 64)
		}
		if t.ScientificName != "" {
			taxa[t.ScientificName] = true
		}
		rows = append(rows, cells{"observationID": "observation-" + strconv.Itoa(len(rows)+1), "deploymentID": f.Deployment, "mediaID": media, "eventID": id,
			"eventStart": start.Format(timestamp), "eventEnd": end.Format(timestamp), "observationLevel": level, "observationType": t.Type,
			"scientificName": t.ScientificName, "classificationMethod": "machine", "classifiedBy": p.Program, "classificationTimestamp": p.Created.Format(timestamp),
			"classificationProbability": score, "observationComments": comment})
	}
	return rows
}

// events are the photos of each observation.
func (p *Package) events() (all [][]*Photo) {
	at := map[int]int{}
	for i := range p.Photos {
		f := &p.Photos[i]
		if k, there := at[f.Event]; p.Events && f.Event > 0 && there {
			all[k] = append(all[k], f)
			continue
		}
		at[f.Event] = len(all)
		all = append(all, []*Photo{f})
	}
	return all
}

// describe writes datapackage.json.
func (p *Package) describe(w io.Writer, deployments []Deployment, taxa map[string]bool) error {
	type object = map[string]any
	var resources []object
	for _, name := range []string{"deployments", "media", "observations"} {
		resources = append(resources, object{"name": name, "path": name + ".csv", "profile": "tabular-data-resource", "format": "csv", "mediatype": "text/csv",
			"encoding": "utf-8", "schema": published + name + "-table-schema.json"})
	}
	level := "media"
	if p.Events {
		level = "event"
	}
	points := [][]float64{}
	first, last := p.Created, p.Created
	for i, d := range deployments {
		points = append(points, []float64{d.Longitude, d.Latitude})
		if i == 0 || d.Start.Before(first) {
			first = d.Start
		}
		if i == 0 || d.End.After(last) {
			last = d.End
		}
	}
	names := []object{}
	for _, t := range slices.Sorted(maps.Keys(taxa)) {
		names = append(names, object{"scientificName": t})
	}
	all := object{
		"profile": published + "camtrap-dp-profile.json", "name": p.Name, "title": p.Title, "created": p.Created.Format(time.RFC3339),
		"contributors": []object{{"title": "not told", "role": "contributor"}},
		"project": object{"title": p.Title, "samplingDesign": "opportunistic", "captureMethod": []string{"activityDetection"},
			"individualAnimals": false, "observationLevel": []string{level}},
		"sources":   []object{{"title": p.Program}},
		"spatial":   object{"type": "MultiPoint", "coordinates": points},
		"temporal":  object{"start": first.Format(time.DateOnly), "end": last.Format(time.DateOnly)},
		"taxonomic": names, "resources": resources,
	}
	for key, value := range p.About {
		if key != "resources" && key != "profile" {
			all[key] = value
		}
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(all)
}
