package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// inputSize is the side of the photo, as in bench_models.py.
const inputSize = 224

// Many photos are timed until so many rounds or so much time have passed.
const (
	photoRounds = 3
	photosTime  = time.Minute
)

// distFolder has the finished page.
const distFolder = "dist"

type options struct {
	Networks []string `placeholder:"NAME" help:"Networks to run, default all: ${networks}."`
	Threads  []int    `default:"1,2" help:"Numbers of threads in the browser."`
	Peers    []string `placeholder:"NAME" default:"litert,onnxruntime,tfjs" help:"Peers in the browser (litert, onnxruntime, tfjs; none for Homeroom alone)."`
	Runs     int      `default:"15" help:"Timed runs of each engine on each network."`
	Burst    int      `default:"3" help:"Runs in one turn."`
	Photos   int      `default:"64" help:"Photos for the part \"photos\"."`
	Parts    []string `placeholder:"PART" default:"browser,photos,plain,layers,native,start,photo,whole,teach" help:"What to measure: browser (one photo in the browser), photos (many), plain (the build without relaxed SIMD), layers (each layer in the browser), native, start (of the page), photo (decoding and resampling), whole (whole photos, from files to names), teach (learning a head)."`
	Project  string   `placeholder:"FILE.homeroom" help:"Photos for the part \"teach\", as finetune --train --test keeps them. Without it points are made up."`
	Pictures string   `placeholder:"DIR" help:"Folder with the contents of the Debian packages that the photos of the parts \"photo\" and \"whole\" are made of. Without it apt-get fetches them."`
	Merge    bool     `help:"Report what earlier runs with --merge measured as well, where this run measures nothing newer."`
	Note     string   `placeholder:"TEXT" help:"A remark for the report, such as what else the machine did."`
	Out      string   `default:"." help:"Folder for BENCHMARKS.md and bench/latest.json."`
	Print    bool     `help:"Only print, write no files."`
	Portable bool     `help:"Measure what was built without GOEXPERIMENT=simd: kernels without vector instructions, natively and in the browser."`
	Smoke    bool     `help:"Run the bench itself for a moment, on Homeroom alone and one network of the repository: nothing is fetched, and nothing is written."`
	Prepare  bool     `help:"Only fetch and make what is measured."`
	Cache    string   `placeholder:"DIR" env:"HOMEROOM_BENCH_CACHE" help:"Where peers and networks are kept, default in the user's cache directory."`
	Python   string   `placeholder:"FILE" env:"HOMEROOM_BENCH_PYTHON" help:"Python that has the packages of tools/reference/bench_models.txt, default an environment of its own."`
	TFLite   string   `name:"tflite-python" placeholder:"FILE" env:"HOMEROOM_BENCH_TFLITE_PYTHON" help:"Python that has the packages of tools/reference/bench_tflite.txt, default an environment of its own."`
}

func main() {
	var o options
	var names []string
	for _, n := range networks {
		names = append(names, n.key)
	}
	parser := kong.Parse(&o, kong.Name("bench"), kong.Description("Measures Homeroom and its peers side by side."),
		kong.Vars{"networks": strings.Join(names, ", ")})
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	parser.FatalIfErrorf(o.run(ctx))
}

// Validate is called by the parser of the command line.
func (o *options) Validate() error {
	if !o.Portable && !withSIMD() {
		return errors.New("this build has no vector instructions, so its figures would be those of the portable kernels; " +
			"use make bench, or set GOTOOLCHAIN and GOEXPERIMENT as the Makefile does (or ask for that with --portable)")
	}
	if o.Runs < 1 || o.Burst < 1 {
		return fmt.Errorf("at least one run is needed")
	}
	for _, t := range o.Threads {
		if t < 1 {
			return fmt.Errorf("%d threads are not possible", t)
		}
	}
	for _, part := range o.Parts {
		if !slices.Contains(parts, part) {
			return fmt.Errorf("there is no part %q", part)
		}
	}
	for _, name := range o.Networks {
		if !slices.ContainsFunc(networks, func(n network) bool { return n.key == name }) {
			return fmt.Errorf("there is no network %q", name)
		}
	}
	for _, name := range o.Peers {
		if name != "none" && (!isPeer(name) || !slices.ContainsFunc(engines, func(e engine) bool { return e.key == name })) {
			return fmt.Errorf("there is no peer %q", name)
		}
	}
	return nil
}

// withSIMD tells whether this program was built with vector instructions. The page that it measures
// is built with the same settings.
func withSIMD() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.ContainsFunc(info.Settings, func(s debug.BuildSetting) bool {
		return s.Key == "GOEXPERIMENT" && slices.Contains(strings.Split(s.Value, ","), "simd")
	})
}

func (o *options) run(ctx context.Context) error {
	if _, err := os.Stat(recipe); err != nil {
		return fmt.Errorf("run bench from the top folder of the project: %w", err)
	}
	if o.Smoke {
		return o.smoke(ctx)
	}
	w := &workshop{cache: o.Cache, python: o.Python, tflite: o.TFLite}
	if w.cache == "" {
		dir, err := os.UserCacheDir()
		if err != nil {
			return err
		}
		w.cache = filepath.Join(dir, "homeroom-bench")
	}
	if err := os.MkdirAll(w.engine(), 0o755); err != nil {
		return err
	}

	var chosen []network
	for _, n := range networks {
		if len(o.Networks) == 0 || slices.Contains(o.Networks, n.key) {
			chosen = append(chosen, n)
		}
	}
	keys := []string{homeroom}
	for _, name := range o.Peers {
		if name != "none" {
			keys = append(keys, name)
		}
	}
	withNetworks := o.measures(partBrowser) || o.measures(partPhotos) || o.measures(partPlain) || o.measures(partLayers) || o.measures(partNative)
	if !withNetworks && o.measures(partWhole) { // which runs one alone
		withNetworks, chosen = true, slices.DeleteFunc(slices.Clone(networks), func(n network) bool { return n.key != wholeNetwork })
	}
	withPeers := o.measures(partBrowser) || o.measures(partPhotos) || o.measures(partWhole)
	inBrowser := withPeers || o.measures(partPlain) || o.measures(partLayers) || o.measures(partStart) || o.measures(partPhoto) || o.measures(partTeach) || o.measures(partWhole)
	wantTFLite := withPeers && slices.Contains(keys, "litert")

	if withPeers || o.measures(partTeach) {
		if err := fetchPeers(ctx, w.peers()); err != nil {
			return err
		}
	}
	var converter string
	if withNetworks {
		tfliteFault, err := w.pythons(ctx, wantTFLite)
		if err != nil {
			return err
		}
		if tfliteFault != nil {
			complain("no .tflite files", tfliteFault)
			wantTFLite = false
		}
		if converter, err = w.converter(ctx); err != nil {
			complain("no packs", err)
		}
	} else {
		chosen = nil
		w.python, w.tflite = w.ready("python-models", modelsNeeds), w.ready("python-tflite", tfliteNeeds)
	}
	for _, n := range chosen {
		tfliteFault, err := w.network(ctx, n, wantTFLite)
		if err != nil {
			return err
		}
		if tfliteFault != nil {
			complain(n.name+" has no .tflite file", tfliteFault)
		}
		if converter != "" {
			if err := w.pack(ctx, converter, n); err != nil {
				complain(n.name+" has no pack", err)
			}
		}
	}

	var photosPython string
	if o.measures(partPhoto) || o.measures(partWhole) {
		var err error
		if photosPython, err = w.cameraPhotos(ctx, o.Pictures); err != nil {
			return err
		}
	}
	if o.Prepare {
		return nil
	}
	s := o.setting(w.versions(ctx))
	var got findings
	if inBrowser {
		if err := o.inBrowser(ctx, w, chosen, keys, photosPython, &s, &got); err != nil {
			return err
		}
	}
	if o.measures(partNative) {
		for _, threads := range slices.Compact([]int{1, runtime.NumCPU()}) {
			for _, n := range chosen {
				r, err := measureNative(ctx, w, n, threads, o.rounds(), o.Burst)
				if err != nil {
					return err
				}
				show(r)
				got.add(s, partNative, r)
			}
		}
	}
	return o.write(s, got)
}

// write writes what was found, and tells of wrong answers.
func (o *options) write(s setting, got findings) error {
	fault := wrong(got.all())
	if o.Print {
		return fault
	}
	if o.Merge {
		if err := got.merge(filepath.Join(o.Out, ".cache", "bench", "findings.json")); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Join(o.Out, "bench"), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(o.Out, "bench", "latest.json"), latest(got.all()), 0o644); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(o.Out, "BENCHMARKS.md"), []byte(report(s, got)), 0o644); err != nil {
		return err
	}
	return fault
}

// rounds returns how many turns each engine has.
func (o *options) rounds() int { return (o.Runs + o.Burst - 1) / o.Burst }

func (o *options) measures(part string) bool { return slices.Contains(o.Parts, part) }

// inBrowser measures everything that happens in Chromium.
func (o *options) inBrowser(ctx context.Context, w *workshop, chosen []network, keys []string, photosPython string, s *setting, got *findings) error {
	if err := w.programs(ctx); err != nil {
		return err
	}
	address, stop, err := pages{peers: w.peers(), models: w.models(), engine: w.page(), photos: w.photos(), dist: distFolder}.serve()
	if err != nil {
		return err
	}
	defer stop()
	c, err := startChromium(ctx)
	if err != nil {
		return err
	}
	defer c.stop()
	s.Chromium = c.version
	// A fresh tab for each, so that none has to live with the memory of the one before.
	inTab := func(f func(page *tab) error) error {
		page, err := c.open(address+"/isolated/", true)
		if err != nil {
			return err
		}
		defer page.close()
		return f(page)
	}
	compare := func(part string, n network, threads int, keys []string) error {
		return inTab(func(page *tab) error {
			r, err := measure(page, w, n, threads, keys, o.rounds(), o.Burst)
			if err != nil {
				return err
			}
			show(r)
			got.add(*s, part, r)
			return nil
		})
	}
	if o.measures(partBrowser) {
		for _, threads := range o.Threads {
			for _, n := range chosen {
				if err := compare(partBrowser, n, threads, keys); err != nil {
					return err
				}
			}
		}
	}
	if o.measures(partPlain) {
		for _, n := range chosen {
			if err := compare(partPlain, n, 1, []string{homeroom, homeroomPlain}); err != nil {
				return err
			}
		}
	}
	if o.measures(partLayers) {
		for _, n := range chosen {
			if err := inTab(func(page *tab) error {
				p, err := measureLayers(page, n)
				if err != nil {
					return err
				}
				fmt.Printf("%s, layers: %s\n", n.name, summary(p))
				*got = append(*got, finding{Part: partLayers, Date: s.Date, Build: s.Build, Result: result{Network: n.name, Threads: 1}, Profile: p})
				return nil
			}); err != nil {
				return err
			}
		}
	}
	if o.measures(partStart) {
		figures, err := measureStart(c, distFolder)
		if err != nil {
			return err
		}
		tell(figures)
		*got = append(*got, finding{Part: partStart, Date: s.Date, Build: s.Build, Figures: figures})
	}
	if o.measures(partPhoto) {
		figures, err := measurePhoto(c, address)
		if err != nil {
			return err
		}
		tell(figures)
		*got = append(*got, finding{Part: partPhoto, Date: s.Date, Build: s.Build, Figures: figures})
	}
	if o.measures(partWhole) {
		if err := o.whole(ctx, w, c, address, photosPython, keys, *s, got); err != nil {
			return err
		}
	}
	if o.measures(partTeach) {
		if err := o.teach(w, c, address, keys, *s, got); err != nil {
			return err
		}
	}
	if o.measures(partPhotos) {
		for _, n := range chosen {
			r, err := o.manyPhotos(w, c, address, n, keys)
			if err != nil {
				return err
			}
			show(r)
			got.add(*s, partPhotos, r)
		}
	}
	return nil
}

func (o *options) manyPhotos(w *workshop, c *chromium, address string, n network, keys []string) (result, error) {
	isolated, err := c.open(address+"/isolated/", true)
	if err != nil {
		return result{}, err
	}
	defer isolated.close()
	plain, err := c.open(address+"/plain/", false)
	if err != nil {
		return result{}, err
	}
	defer plain.close()
	return measurePhotos(isolated, plain, w, n, keys, o.Photos)
}

// wrong returns an error if any engine gave a wrong answer.
func wrong(results []result) error {
	var out []string
	for _, r := range results {
		for key, m := range r.Engines {
			if strings.HasPrefix(m.Fault, "wrong answer") {
				name, _ := label(key)
				out = append(out, fmt.Sprintf("%s on %s: %s", name, r.Network, m.Fault))
			}
		}
	}
	if len(out) > 0 {
		return fmt.Errorf("%s", strings.Join(out, "; "))
	}
	return nil
}

// failed returns an error if any engine failed in any way.
func failed(results []result) error {
	var out []error
	for _, r := range results {
		for key, m := range r.Engines {
			if m.Fault != "" {
				out = append(out, fmt.Errorf("%s on %s: %s", key, r.Network, m.Fault))
			}
		}
	}
	return errors.Join(out...)
}

// show prints a result as it comes.
func show(r result) {
	fmt.Printf("%s, %d thread(s)\n", r.Network, r.Threads)
	for _, key := range columns([]result{r}) {
		m := r.Engines[key]
		name, _ := label(key)
		if m.Fault != "" {
			fmt.Printf("  %-18s %s\n", name, m.Fault)
			continue
		}
		fmt.Printf("  %-18s %8s ms ±%.0f%%  best %s", name, milliseconds(r.ms(key)), 100*spread(m.Times), milliseconds(slices.Min(m.Times)))
		if m.Load > 0 {
			fmt.Printf("  load %s ms", milliseconds(m.Load))
		}
		if len(m.Accuracy) > 0 {
			fmt.Printf("  right %.1f%%", 100*median(m.Accuracy))
		}
		if m.Memory > 0 {
			fmt.Printf("  memory %.1f MB", m.Memory/1e6)
		}
		fmt.Println()
	}
	if v := r.fastest() / r.ms(homeroom); !math.IsNaN(v) {
		fmt.Printf("  fastest peer / Homeroom %.2f\n", v)
	}
}

func complain(what string, err error) { fmt.Fprintf(os.Stderr, "bench: %s: %v\n", what, err) }

// setting describes the machine and the build.
func (o *options) setting(versions map[string]string) setting {
	s := setting{
		Date: time.Now().Format("2006-01-02"), Build: build(), Note: o.Note, Machine: runtime.GOARCH, Cores: runtime.NumCPU(), Memory: "memory unknown", System: runtime.GOOS,
		Go: runtime.Version(), Versions: versions, Burst: o.Burst,
	}
	if e := os.Getenv("GOEXPERIMENT"); e != "" && !strings.Contains(s.Go, "X:") {
		s.Features = ", GOEXPERIMENT=" + e
	}
	if v := fieldOf("/proc/cpuinfo", "model name"); v != "" {
		s.Machine = v
	}
	if kb, err := strconv.Atoi(strings.TrimSuffix(fieldOf("/proc/meminfo", "MemTotal"), " kB")); err == nil {
		s.Memory = fmt.Sprintf("%.0f GB", float64(kb)/(1<<20))
	}
	if v := fieldOf("/etc/os-release", "PRETTY_NAME"); v != "" {
		s.System = strings.Trim(v, `"`)
	}
	return s
}

// build names the commit that is measured, "" where git can't tell.
func build() string {
	out, err := exec.Command("git", "rev-parse", "--short=10", "HEAD").Output()
	if err != nil {
		return ""
	}
	name := strings.TrimSpace(string(out))
	// The report itself is no part of what is measured.
	if changed, err := exec.Command("git", "status", "--porcelain", "--", ":/", ":!BENCHMARKS.md", ":!bench").Output(); err != nil || len(changed) > 0 {
		name += " with changes"
	}
	return name
}

// fieldOf returns the value of the first line "name : value" or "name=value" of a file of the
// system's, "" without one.
func fieldOf(file, name string) string {
	f, err := os.Open(file)
	if err != nil {
		return ""
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		at := strings.IndexAny(lines.Text(), ":=")
		if at > 0 && strings.TrimSpace(lines.Text()[:at]) == name {
			return strings.TrimSpace(lines.Text()[at+1:])
		}
	}
	return ""
}
