// Command peers runs exported classifiers in the programs that people take them to, and writes
// docs/EXPORTS.md: for each kind of head, format and peer how far its answers are from Homeroom's
// own, on the photos of the repository.
//
//	go run ./tools/peers
//	go run ./tools/peers -parts means,mlp:tflite
//
// The second measures some parts alone, and adds them to what earlier runs measured of the very
// same program, photos and peers. The table is written once all is there. `make peers` installs the
// peers first. Pages run in Chromium, headless, from a server on loopback.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"homeroom/core/bank"
	"homeroom/core/export"
	"homeroom/core/feature"
	"homeroom/core/head"
	"homeroom/core/model"
	"homeroom/core/photo"
	"homeroom/core/project"
	"homeroom/core/training"
)

// A subject is a classifier that is exported.
type subject struct {
	part   string // as parts call it
	name   string
	kind   head.Kind
	spaces []feature.Space // that are joined; none for a network alone
	cannot []string        // formats that cannot say it
}

var (
	lite0 = feature.Space{Network: "efficientnet-lite0", Size: 224}
	lite2 = feature.Space{Network: "efficientnet-lite2", Size: 260}
)

var subjects = []subject{
	{"linear", "linear head on EfficientNet-Lite0", training.Linear, []feature.Space{lite0}, nil},
	{"means", "class means on Lite0 and Lite2 joined", training.Means, []feature.Space{lite0, lite2}, []string{"tflite", "teachable-machine"}},
	{"nearest", "nearest photos on EfficientNet-Lite0", training.KNN, []feature.Space{lite0}, []string{"teachable-machine"}},
	{"mlp", "MLP on EfficientNet-Lite0", training.MLP, []feature.Space{lite0}, nil},
	{"network", "EfficientNet-Lite0 alone", "", nil, nil},
}

// A format is a file that is written, with the peers that read it.
type format struct {
	as, weights, ending string
	python, pages       []string
}

var formats = []format{
	{"onnx", "f32", "onnx", []string{"onnxruntime"}, []string{"onnxruntime-web"}},
	{"onnx", "int8", "int8.onnx", []string{"onnxruntime"}, []string{"onnxruntime-web"}},
	{"tflite", "f32", "tflite", []string{"litert", "mediapipe"}, []string{"litert.js", "mediapipe-tasks-vision"}},
	{"tflite", "f16", "f16.tflite", []string{"litert", "mediapipe"}, nil},
	{"tflite", "int8", "int8.tflite", []string{"litert", "mediapipe"}, []string{"litert.js", "mediapipe-tasks-vision"}},
	{"teachable-machine", "f32", "zip", nil, []string{"teachablemachine-image", "ml5"}},
	{"safetensors", "f32", "safetensors", []string{"pytorch"}, nil},
}

// A row is a line of the table.
type row struct {
	Subject, Format, Peer string
	Photos                int
	Largest, Strangeness  float64
	Same                  int
	Unknown               bool   // the file says how strange a photo is, too
	SameUnknown           int    // photos that are unknown in both or in none
	Refused               string // why nothing was run
}

// bench is what all runs have.
type bench struct {
	work, program, python, torch string
	weights                      string
	photos                       []*photo.Photo
	browser                      *browser
	ctx                          context.Context
	failed                       int
}

func main() {
	log.SetFlags(log.Ltime)
	cache := flag.String("cache", ".cache/peers", "folder with the peers: env has Python's, npm/node_modules the browser's")
	torch := flag.String("torch", ".cache/reference/bin/python", "Python with PyTorch, safetensors and ONNX Runtime")
	out := flag.String("out", "docs/EXPORTS.md", "where the table goes")
	only := flag.String("only", "", "run what has this in its peer's name alone, and write nothing")
	parts := flag.String("parts", "", "measure these alone, and keep the rest: "+strings.Join(allParts(), ", ")+", each with :FORMAT for one format of it")
	flag.Parse()
	if err := measure(*cache, *torch, *out, *only, *parts); err != nil {
		log.Fatal(err)
	}
}

func measure(cache, torch, out, only, parts string) error {
	work, err := filepath.Abs(filepath.Join(cache, "work"))
	if err != nil {
		return err
	}
	b := &bench{work: work, program: filepath.Join(work, "homeroom"), python: filepath.Join(cache, "env/bin/python"), torch: torch, weights: "weights", ctx: context.Background()}
	if err := os.MkdirAll(work, 0o777); err != nil {
		return err
	}
	if _, err := b.command("go", "build", "-trimpath", "-buildvcs=false", "-o", b.program, "./tools/homeroom"); err != nil {
		return err
	}
	if b.browser, err = startBrowser(filepath.Join(cache, "npm/node_modules"), work, softwareGL); err != nil {
		return err
	}
	defer b.browser.stop()
	if b.photos, err = readPhotos(clothes, animals); err != nil {
		return err
	}
	k, err := b.ledger(parts)
	if err != nil {
		return err
	}
	for i, s := range subjects {
		if !k.wantsAny(s) {
			continue
		}
		if err := b.subject(i, s, only, k); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	if b.failed > 0 {
		return fmt.Errorf("%d peers failed, and nothing was written", b.failed)
	}
	if only != "" {
		return nil
	}
	rows, missing := k.all()
	if len(missing) > 0 {
		log.Printf("nothing was written: still to measure are %s", strings.Join(missing, ","))
		return nil
	}
	return os.WriteFile(out, []byte(report(rows, b.versions())), 0o666)
}

// command runs one in the repository, with the weights in it.
func (b *bench) command(name string, args ...string) ([]byte, error) {
	c := exec.CommandContext(b.ctx, name, args...)
	c.Env = append(os.Environ(), "HOMEROOM_WEIGHTS="+b.weights)
	var complaints strings.Builder
	c.Stderr = &complaints
	data, err := c.Output()
	if err != nil {
		text := strings.TrimSpace(complaints.String())
		err = fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, text[max(len(text)-600, 0):])
	}
	return data, err
}

// readPhotos decodes those below folders.
func readPhotos(folders ...string) ([]*photo.Photo, error) {
	var out []*photo.Photo
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) == ".md" {
				return err
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			p, err := photo.Decode(data, photo.Limits{})
			if err == nil {
				out = append(out, p)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// subject teaches a classifier, exports it, and runs every file.
func (b *bench) subject(i int, s subject, only string, k *ledger) error {
	from := "efficientnet-lite0"
	if s.spaces != nil {
		from = filepath.Join(b.work, fmt.Sprintf("%d.homeroom", i))
		if err := b.teach(s, from); err != nil {
			return err
		}
	}
	c, err := b.classifier(from)
	if err != nil {
		return err
	}
	cases, err := b.cases(i, c)
	if err != nil {
		return err
	}
	for _, f := range formats {
		if !k.wants(s, f) {
			continue
		}
		rows, err := b.format(i, s, f, only, from, c, cases)
		if err != nil {
			return err
		}
		if only == "" && b.failed == 0 {
			if err := k.keep(s, f, rows); err != nil {
				return err
			}
		}
	}
	return nil
}

// format exports a classifier in a format, and runs the file in its peers.
func (b *bench) format(i int, s subject, f format, only, from string, c *export.Classifier, cases []picture) ([]row, error) {
	file := filepath.Join(b.work, fmt.Sprintf("%d.%s", i, f.ending))
	if _, err := b.command(b.program, "export", from, "--as", f.as, "--weights", f.weights, "--photos", animals, "-o", file); err != nil {
		if !slices.Contains(s.cannot, f.as) {
			return nil, err
		}
		return []row{{Subject: s.name, Format: f.as + " " + f.weights, Refused: refusal(err)}}, nil
	}
	if slices.Contains(s.cannot, f.as) {
		return nil, fmt.Errorf("%s holds %s, which it is not thought to", f.as, s.name)
	}
	var rows []row
	for _, peer := range append(append([]string{}, f.python...), f.pages...) {
		if !strings.Contains(peer, only) {
			continue
		}
		r := row{Subject: s.name, Format: f.as + " " + f.weights, Peer: peer}
		got, err := b.answers(peer, file, c, cases)
		if err == nil {
			err = r.compare(cases, got)
		}
		if err != nil {
			log.Printf("%s in %s: %v", file, peer, err)
			b.failed++
			continue
		}
		log.Printf("%s, %s, %s: largest difference %.2g, same best name %d of %d, strangeness %v %.2g", s.name, r.Format, peer, r.Largest, r.Same, r.Photos, r.Unknown, r.Strangeness)
		rows = append(rows, r)
	}
	return rows, nil
}

// refusal is what the program said, without the command line.
func refusal(err error) string {
	text := err.Error()
	if _, after, ok := strings.Cut(text, " as "); ok {
		_, text, _ = strings.Cut(after, ": ")
	}
	text, _, _ = strings.Cut(text, ";")
	text, _, _ = strings.Cut(text, ", which Teachable")
	return text
}

// The photos that are asked about. Heads learn from all clothes, a folder a class, which are enough
// for a threshold of the unknown; animals are none of them.
const (
	clothes = "tools/homeroom/testdata/clothing"
	animals = "tools/reference/photos"
)

// teach learns clothes, and writes a project.
func (b *bench) teach(s subject, to string) error {
	networks := map[string]*model.Model{}
	var err error
	for _, space := range s.spaces {
		if networks[space.Network], err = b.open(space.Network); err != nil {
			return err
		}
	}
	extractor, err := model.NewExtractor(s.spaces, networks, model.Options{})
	if err != nil {
		return err
	}
	defer extractor.Close()
	var photos bank.Builder
	config := training.Config{Kind: s.kind, Seed: 1}
	for i, space := range s.spaces {
		if _, err := photos.AddSpace(space, extractor.Dim(i)); err != nil {
			return err
		}
		config.Input = append(config.Input, []feature.Space{space})
	}
	files, err := filepath.Glob(clothes + "/*/*/*.jpg")
	if err != nil {
		return err
	}
	for _, path := range files {
		name := filepath.Base(filepath.Dir(path))
		class := slices.Index(photos.Classes(), name)
		if class < 0 {
			if class, err = photos.AddClass(name); err != nil {
				return err
			}
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		p, err := extractor.Decode(data)
		if err != nil {
			return err
		}
		seen, err := extractor.Read(p)
		if err != nil {
			return err
		}
		if _, err := photos.Add(bank.Photo{Name: path, Class: class, PerceptualHash: photo.PerceptualHash(p), Features: seen}); err != nil {
			return err
		}
	}
	t, err := training.Fit(b.ctx, photos.Bank(), config)
	if err != nil {
		return err
	}
	f := &project.File{Name: "clothes", Bank: photos.Bank(), Current: 1, Versions: []project.Taught{{ID: 1, Best: t.Best, Last: t.Best}}}
	for name := range networks {
		f.Networks = append(f.Networks, project.Network{Name: name})
	}
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	return errors.Join(project.Write(out, f), out.Close())
}

// open opens a pack.
func (b *bench) open(name string) (*model.Model, error) {
	path := filepath.Join(b.weights, name+".pack")
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return model.Read(path, data)
}

// classifier opens what is exported.
func (b *bench) classifier(from string) (*export.Classifier, error) {
	if !strings.HasSuffix(from, ".homeroom") {
		m, err := b.open(from)
		if err != nil {
			return nil, err
		}
		return export.Network(m, 0)
	}
	data, err := os.ReadFile(from)
	if err != nil {
		return nil, err
	}
	p, err := project.Read(from, data, project.Limits{})
	if err != nil {
		return nil, err
	}
	networks := map[string]*model.Model{}
	for _, space := range p.Head().Spaces {
		if networks[space.Name.Network], err = b.open(space.Name.Network); err != nil {
			return nil, err
		}
	}
	return export.Taught(p.Name, p.Head(), networks)
}

// A picture is a photo as a classifier's inputs, and what Homeroom answers.
type picture struct {
	files       map[string]string // by input
	want        []float64
	strangeness float64
}

// cases writes the pictures.
func (b *bench) cases(i int, c *export.Classifier) ([]picture, error) {
	own, err := c.Own(model.Options{})
	if err != nil {
		return nil, err
	}
	defer own.Close()
	var out []picture
	unknown := 0
	for k, p := range b.photos {
		x := picture{files: map[string]string{}}
		for name, levels := range c.Inputs(p) {
			raw := make([]byte, len(levels))
			for j, v := range levels {
				raw[j] = byte(v)
			}
			x.files[name] = filepath.Join(b.work, fmt.Sprintf("%d_%d_%s.rgb", i, k, name))
			if err := os.WriteFile(x.files[name], raw, 0o666); err != nil {
				return nil, err
			}
		}
		a, err := own.Answer(p)
		if err != nil {
			return nil, err
		}
		x.want, x.strangeness = a.Probabilities, a.Strangeness
		out = append(out, x)
		if x.strangeness > 1 {
			unknown++
		}
	}
	if c.Unknown() && (unknown == 0 || unknown == len(out)) {
		return nil, fmt.Errorf("%d of %d photos are unknown, which tells nothing of others", unknown, len(out))
	}
	log.Printf("%s: %d of %d photos are unknown", c.Name, unknown, len(out))
	return out, nil
}

// answers runs a file in a peer.
func (b *bench) answers(peer, file string, c *export.Classifier, cases []picture) ([]map[string][]float64, error) {
	var list []map[string]string
	for _, x := range cases {
		list = append(list, x.files)
	}
	var data []byte
	var err error
	switch peer {
	case "onnxruntime", "litert", "mediapipe", "pytorch":
		python := b.python
		if peer == "onnxruntime" || peer == "pytorch" {
			python = b.torch
		}
		pictures := filepath.Join(b.work, "pictures.json")
		text, err := json.Marshal(list)
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(pictures, text, 0o666); err != nil {
			return nil, err
		}
		data, err = b.command(python, "tools/reference/peers.py", peer, file, pictures)
		if err != nil {
			return nil, err
		}
	default:
		if data, err = b.browser.run(peer, file, c.Labels, list); err != nil {
			return nil, err
		}
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	var out []map[string][]float64
	err = json.Unmarshal([]byte(lines[len(lines)-1]), &out)
	return out, err
}

func (r *row) compare(cases []picture, got []map[string][]float64) error {
	if len(got) != len(cases) {
		return fmt.Errorf("%d answers to %d pictures", len(got), len(cases))
	}
	for i, x := range cases {
		p := got[i][export.Probabilities]
		if len(p) != len(x.want) {
			return fmt.Errorf("%d scores for %d classes", len(p), len(x.want))
		}
		best, own := 0, 0
		for k := range p {
			if d := abs(p[k] - x.want[k]); !(d <= r.Largest) {
				r.Largest = d
			}
			if p[k] > p[best] {
				best = k
			}
			if x.want[k] > x.want[own] {
				own = k
			}
		}
		if best == own {
			r.Same++
		}
		if s := got[i][export.Strangeness]; len(s) == 1 {
			r.Unknown, r.Strangeness = true, max(r.Strangeness, abs(s[0]-x.strangeness))
			if s[0] > 1 == (x.strangeness > 1) {
				r.SameUnknown++
			}
		}
		r.Photos++
	}
	return nil
}

func abs(x float64) float64 { return max(x, -x) }
