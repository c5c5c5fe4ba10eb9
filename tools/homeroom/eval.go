package main

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"homeroom/core/model"
)

type eval struct {
	engine
	Manifest string `required:"" type:"existingfile" placeholder:"CSV" help:"Table with the columns file and imagenet_indices, the latter as a;b;c: any of them is right. Files are relative to the table."`
	JSON     bool   `name:"json" help:"Print one JSON object."`
	Verbose  bool   `short:"v" help:"Tell the best label of each photo as well."`
}

// labelled is a photo with the indices of the logits that are right for it.
type labelled struct {
	file  string
	right []int
}

// accuracy is what eval measures. The shares are of the photos that could be
// read; those that could not are counted beside them.
type accuracy struct {
	Model   string  `json:"model"`
	Size    int     `json:"size"`
	Photos  int     `json:"photos"`
	Failed  int     `json:"failed"`
	Top1    float64 `json:"top1"` // from 0 to 1
	Top5    float64 `json:"top5"`
	Right1  int     `json:"right1"` // photos whose best label is right
	Right5  int     `json:"right5"` // photos with a right one among the best five
	Seconds float64 `json:"seconds"`
}

func (e *eval) Run(con *console) error {
	f, err := os.Open(e.Manifest)
	if err != nil {
		return err
	}
	defer f.Close()
	classifier, err := e.open()
	if err != nil {
		return err
	}
	defer classifier.Close()
	photos, err := readManifest(e.Manifest, f, len(classifier.Model.Labels))
	if err != nil {
		return err
	}
	a := e.measure(con, classifier, photos)
	if e.JSON {
		err = json.NewEncoder(con.out).Encode(a)
	} else {
		_, err = fmt.Fprintf(con.out, "%s at %d × %d, %d photos in %.1f s\ntop-1  %5.1f%%  (%d of %d)\ntop-5  %5.1f%%  (%d of %d)\n",
			a.Model, a.Size, a.Size, a.Photos, a.Seconds, 100*a.Top1, a.Right1, a.Photos, 100*a.Top5, a.Right5, a.Photos)
	}
	if err == nil && a.Failed > 0 {
		err = errSome
	}
	return err
}

// measure names all photos and counts.
func (e *eval) measure(con *console, c *model.Classifier, photos []labelled) accuracy {
	a := accuracy{Model: c.Model.Name, Size: c.Size()}
	files := make([]photoFile, len(photos))
	for i, p := range photos {
		files[i].path = p.file
	}
	start := time.Now()
	i := -1
	for d := range decode(files, e.threads()) {
		i++
		if d.err != nil {
			a.Failed++
			fmt.Fprintf(con.err, "homeroom: %s: %s\n", d.path, plain(d.path, d.err))
			continue
		}
		a.Photos++
		best := c.Answer(d.photo, 5).Results
		place := slices.IndexFunc(best, func(r model.Result) bool { return slices.Contains(photos[i].right, r.Index) })
		if place >= 0 {
			a.Right5++
		}
		mark := "wrong"
		if place == 0 {
			a.Right1++
			mark = "right"
		}
		if e.Verbose {
			fmt.Fprintf(con.err, "%s  %s  %d %s %.3f\n", mark, d.path, best[0].Index, best[0].Label, best[0].Score)
		}
	}
	a.Seconds = round(time.Since(start).Seconds(), 3)
	if a.Photos > 0 {
		a.Top1 = round(float64(a.Right1)/float64(a.Photos), 6)
		a.Top5 = round(float64(a.Right5)/float64(a.Photos), 6)
	}
	return a
}

// readManifest reads a table of photos for a network of so many classes; files
// are relative to the table's folder.
func readManifest(name string, in io.Reader, classes int) ([]labelled, error) {
	table := csv.NewReader(in)
	head, err := table.Read()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s is empty; its first line has to name the columns file and imagenet_indices", name)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	head[0] = strings.TrimPrefix(head[0], "\ufeff") // spreadsheets put it there
	file, indices := slices.Index(head, "file"), slices.Index(head, "imagenet_indices")
	if file < 0 || indices < 0 {
		return nil, fmt.Errorf("%s: its first line has to name the columns file and imagenet_indices; it names %s", name, strings.Join(head, ", "))
	}
	var photos []labelled
	for {
		row, err := table.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		line, _ := table.FieldPos(0)
		p := labelled{file: filepath.FromSlash(row[file])}
		if p.file == "" {
			return nil, fmt.Errorf("%s, line %d: no file is named", name, line)
		}
		if !filepath.IsAbs(p.file) {
			p.file = filepath.Join(filepath.Dir(name), p.file)
		}
		for s := range strings.SplitSeq(row[indices], ";") {
			i, err := strconv.Atoi(strings.TrimSpace(s))
			if err != nil || i < 0 || i >= classes {
				return nil, fmt.Errorf("%s, line %d: %q is no index from 0 to %d", name, line, s, classes-1)
			}
			p.right = append(p.right, i)
		}
		photos = append(photos, p)
	}
	if len(photos) == 0 {
		return nil, fmt.Errorf("%s lists no photos", name)
	}
	return photos, nil
}
