package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"homeroom/core/model"
	"homeroom/tools/homeroom/photofile"
)

const (
	photosRecipe = "tools/reference/bench_photos.py"
	photosNeeds  = "tools/reference/bench_photos.txt"
	wholePhotos  = 24 // that the recipe makes
	wholeNetwork = "efficientnet-lite0"
	wholeRounds  = 5 // at most
	wholeThreads = 2
)

// photoPackages are Debian's packages that have the pictures of which the photos are made.
var photoPackages = []string{"lomiri-wallpapers-16.04", "lomiri-wallpapers-20.04", "mate-backgrounds"}

// Native peers that read whole photos.
const (
	ortPillow = "pillow"
	ortDraft  = "pillow-draft"
)

func (w *workshop) photos() string { return filepath.Join(w.cache, "photos") }

// cameraPhotos makes the photos of cameras, unless this recipe has made them before, and returns
// the Python that has what the recipe needs. pictures is a folder with the contents of
// photoPackages; where it is "", apt-get fetches them.
func (w *workshop) cameraPhotos(ctx context.Context, pictures string) (python string, err error) {
	if python, err = w.environment(ctx, "python-photos", photosNeeds); err != nil {
		return "", err
	}
	sum, err := fingerprint(photosRecipe, photosNeeds)
	if err != nil {
		return "", err
	}
	stamp := filepath.Join(w.photos(), "recipe")
	if made, err := os.ReadFile(stamp); err == nil && string(made) == sum {
		return python, nil
	}
	if pictures == "" {
		if pictures, err = debianPictures(ctx); err != nil {
			return "", fmt.Errorf("the pictures that photos are made of could not be fetched; unpack Debian's packages %s in a folder and name it by --pictures: %w", strings.Join(photoPackages, ", "), err)
		}
		defer os.RemoveAll(pictures)
	}
	fmt.Fprintf(os.Stderr, "making %d photos of 12 megapixels; this takes a minute, once\n", wholePhotos)
	if _, err := command(ctx, nil, python, photosRecipe, "make", pictures, w.photos()); err != nil {
		return "", err
	}
	return python, os.WriteFile(stamp, []byte(sum), 0o644)
}

// debianPictures fetches and unpacks Debian's packages into a new folder.
func debianPictures(ctx context.Context) (folder string, err error) {
	if folder, err = os.MkdirTemp("", "homeroom-bench-pictures"); err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			os.RemoveAll(folder)
		}
	}()
	if _, err := commandIn(ctx, folder, nil, "apt-get", append([]string{"download"}, photoPackages...)...); err != nil {
		return "", err
	}
	archives, err := filepath.Glob(filepath.Join(folder, "*.deb"))
	if err != nil {
		return "", err
	}
	for _, archive := range archives {
		if _, err := command(ctx, nil, "dpkg-deb", "--extract", archive, folder); err != nil {
			return "", err
		}
	}
	return folder, nil
}

// photoNames are the paths of the photos below a folder, or their addresses.
func photoNames(folder string) (names []string) {
	for i := range wholePhotos {
		names = append(names, fmt.Sprintf("%s/%02d.jpg", folder, i))
	}
	return names
}

// wholeJob is what openWhole in page/whole.js is called with.
type wholeJob struct {
	Engine   string `json:"engine"`
	Network  string `json:"network"`
	Pack     string `json:"pack"`
	Threads  int    `json:"threads"`
	Workers  int    `json:"workers"`
	Photos   int    `json:"photos"`
	Patience int    `json:"patience"` // ms
}

// A whole has the answers of engines to whole photos beside their times.
type whole struct {
	result
	best map[string][]int // by engine: the best class of each photo
}

func newWhole(threads int, native string) whole {
	return whole{result{Network: fmt.Sprintf("EfficientNet-Lite0%s (%d photos of 12 megapixels)", native, wholePhotos), Threads: threads, Engines: map[string]measured{}}, map[string][]int{}}
}

func (r whole) add(key string, times ...float64) {
	m := r.Engines[key]
	m.Times = append(m.Times, times...)
	r.Engines[key] = m
}

// agree notes what share of the photos each engine calls as one does that reads all of every photo.
func (r whole) agree(with []int) {
	for key, best := range r.best {
		same := 0
		for i, class := range best {
			if i < len(with) && class == with[i] {
				same++
			}
		}
		m := r.Engines[key]
		m.Accuracy = []float64{float64(same) / float64(len(with))}
		r.Engines[key] = m
	}
}

// wholeInBrowser times photos from files to names: Homeroom by two workers of its finished page
// without cross-origin isolation, each peer on two threads with it.
func (o *options) wholeInBrowser(c *chromium, address string, keys []string) (whole, error) {
	r := newWhole(wholeThreads, "")
	plain, err := c.open(address+"/plain/", false)
	if err != nil {
		return r, err
	}
	defer plain.close()
	isolated, err := c.open(address+"/isolated/", true)
	if err != nil {
		return r, err
	}
	defer isolated.close()
	tabs := map[string]*tab{}
	for _, key := range keys {
		if key == "tfjs" {
			continue // slower than the others by far on one photo
		}
		page := isolated
		if key == homeroom {
			page = plain
		}
		defer call[bool](page, patience, "closeWhole", key)
		best, err := call[[]int](page, patience, "openWhole", wholeJob{
			Engine: key, Network: wholeNetwork, Pack: "/finished/weights/" + wholeNetwork + ".pack", Threads: wholeThreads, Workers: wholeThreads,
			Photos: wholePhotos, Patience: int(patience.Milliseconds()),
		})
		if err != nil {
			r.Engines[key] = measured{Fault: err.Error()}
			continue
		}
		r.best[key], tabs[key] = best, page
	}
	for round := range min(wholeRounds, o.Runs) {
		for k := range keys {
			key := keys[(k+round)%len(keys)]
			if tabs[key] == nil {
				continue
			}
			ms, err := call[float64](tabs[key], patience, "runWhole", key)
			if err != nil {
				return r, fmt.Errorf("%s: %w (%s)", key, err, strings.Join(tabs[key].said(), "; "))
			}
			r.add(key, ms)
		}
	}
	return r, nil
}

// wholeNatively times photos from files to names: Homeroom as classify does it, ONNX Runtime fed by
// Pillow, which reads all of every JPEG, or in its draft mode as much as it thinks is needed.
func (o *options) wholeNatively(ctx context.Context, w *workshop, python string, threads int) (whole, error) {
	r := newWhole(threads, " (native)")
	data, err := os.ReadFile(filepath.Join("weights", wholeNetwork+".pack"))
	if err != nil {
		return r, err
	}
	m, err := model.Read(wholeNetwork, data)
	if err != nil {
		return r, err
	}
	// As classify does it: every thread has photos of its own.
	free := make(chan *model.Classifier, threads)
	for range threads {
		c, err := model.NewClassifier(m, model.Options{Threads: 1})
		if err != nil {
			return r, err
		}
		defer c.Close()
		free <- c
	}
	ours := func() error {
		best := make([]int, wholePhotos)
		var all errgroup.Group
		all.SetLimit(threads)
		start := time.Now()
		for i, name := range photoNames(w.photos()) {
			all.Go(func() error {
				data, err := photofile.Read(name)
				if err != nil {
					return err
				}
				c := <-free
				defer func() { free <- c }()
				a, err := c.Classify(data, 1)
				if err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
				best[i] = a.Results[0].Index
				return nil
			})
		}
		if err := all.Wait(); err != nil {
			return err
		}
		r.add(homeroom, float64(time.Since(start))/float64(time.Millisecond))
		r.best[homeroom] = best
		return nil
	}
	if err := ours(); err != nil { // for warmth
		return r, err
	}
	delete(r.Engines, homeroom)
	for range min(wholeRounds, o.Runs) {
		if err := ours(); err != nil {
			return r, err
		}
		for key, way := range map[string]string{ortPillow: "full", ortDraft: "draft"} {
			out, err := command(ctx, nil, python, photosRecipe, "native", filepath.Join(w.models(), wholeNetwork+".onnx"), w.photos(), "--threads", strconv.Itoa(threads), "--way", way, "--rounds", "1")
			if err != nil {
				return r, err
			}
			var theirs struct {
				Times []float64 `json:"times"`
				Best  []int     `json:"best"`
			}
			if err := json.Unmarshal(out, &theirs); err != nil {
				return r, fmt.Errorf("ONNX Runtime fed by Pillow: %w", err)
			}
			r.add(key, theirs.Times...)
			r.best[key] = theirs.Best
		}
	}
	return r, nil
}

// whole measures whole photos, natively and in the browser.
func (o *options) whole(ctx context.Context, w *workshop, c *chromium, address, python string, keys []string, s setting, got *findings) error {
	var all []whole
	browser, err := o.wholeInBrowser(c, address, keys)
	if err != nil {
		return err
	}
	all = append(all, browser)
	for _, threads := range []int{1, wholeThreads} {
		r, err := o.wholeNatively(ctx, w, python, threads)
		if err != nil {
			return err
		}
		all = append(all, r)
	}
	full := all[1].best[ortPillow]
	for _, r := range all {
		r.agree(full)
		show(r.result)
		got.add(s, partWhole, r.result)
	}
	return nil
}

// wholeSection writes the section about whole photos.
func wholeSection(b *strings.Builder, results []result) {
	if len(results) == 0 {
		return
	}
	fmt.Fprintf(b, "\n## Whole photos\n\nMilliseconds from %d files to names, f32: JPEGs of 4000 × 3000 pixels as cameras make them, of qualities from 75 to 95, half of them progressive and a third with restart markers,\n"+
		"made from photographs in Debian's packages %s (%s). In the browser Homeroom's finished page works with two workers of one thread, thumbnails included;\n"+
		"the peers have two threads and what the browser decodes by createImageBitmap at the size that is needed, three photos ahead of the network. Natively every engine works on several photos at once;\n"+
		"Pillow decodes in full or, in its draft mode, at the smallest scale that is not below the network's.\n\n"+
		"| | threads | engine | all | a photo | engine / Homeroom | named as by Pillow in full |\n|---|---|---|---|---|---|---|\n", wholePhotos, strings.Join(photoPackages, ", "), photosRecipe)
	for _, r := range results {
		for _, key := range columns([]result{r}) {
			m := r.Engines[key]
			if len(m.Times) == 0 {
				continue
			}
			name, _ := label(key)
			same := "–"
			if len(m.Accuracy) > 0 {
				same = fmt.Sprintf("%.0f of %d", m.Accuracy[0]*wholePhotos, wholePhotos)
			}
			fmt.Fprintf(b, "| %s | %d | %s | %s | %s | %s | %s |\n", r.Network, r.Threads, name, r.cell(key), milliseconds(r.ms(key)/wholePhotos), ratio(r.ms(key)/r.ms(homeroom)), same)
		}
	}
}

// nativeLabels name the engines that are no page's.
var nativeLabels = map[string][2]string{
	ortNative: {"ONNX Runtime", "onnxruntime"},
	ortPillow: {"Pillow and ONNX Runtime", "pillow+onnxruntime"},
	ortDraft:  {"Pillow's draft mode and ONNX Runtime", "pillow-draft+onnxruntime"},
}

// nativeColumns returns the keys of those that were seen, in the order of the tables.
func nativeColumns(seen map[string]bool) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(nativeLabels)), func(key string) bool { return !seen[key] })
}
