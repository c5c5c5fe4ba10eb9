package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// measured is what one engine did on one network.
type measured struct {
	Times    []float64 // ms
	Load     float64   // ms
	Memory   float64   // bytes of linear memory, 0 where it cannot be told
	Fault    string    // why there are no times
	Accuracy []float64 `json:",omitempty"` // of each head that was learnt
}

// A result is one network at one number of threads.
type result struct {
	Network string
	Threads int
	Engines map[string]measured // by key
}

const ortNative = "onnxruntime-native"

// label returns an engine's name in tables and in bench/latest.json.
func label(key string) (name, record string) {
	for _, e := range engines {
		if e.key == key {
			return e.name, e.record
		}
	}
	names := nativeLabels[key]
	return names[0], names[1]
}

// ms returns the median of an engine, NaN if it has none.
func (r result) ms(key string) float64 { return median(r.Engines[key].Times) }

// peers returns the keys of the others that have times.
func (r result) peers() []string {
	var out []string
	for key, m := range r.Engines {
		if isPeer(key) && len(m.Times) > 0 {
			out = append(out, key)
		}
	}
	slices.Sort(out)
	return out
}

// fastest returns the median of the fastest peer, NaN without any.
func (r result) fastest() float64 {
	least := math.NaN()
	for _, key := range r.peers() {
		if ms := r.ms(key); !(ms >= least) {
			least = ms
		}
	}
	return least
}

// A record is one line of bench/latest.json.
type record struct {
	Network        string             `json:"network"`
	Threads        int                `json:"threads"`
	HomeroomMS     float64            `json:"homeroom_ms"`
	Peers          map[string]float64 `json:"peers"`            // ms, by package
	RatioToFastest float64            `json:"ratio_to_fastest"` // the fastest peer's time by ours
}

// records returns what goes into bench/latest.json: the results that have Homeroom and at least one
// peer.
func records(results []result) []record {
	out := []record{}
	for _, r := range results {
		ours, theirs := r.ms(homeroom), r.fastest()
		if math.IsNaN(ours) || math.IsNaN(theirs) {
			continue
		}
		c := record{Network: r.Network, Threads: r.Threads, HomeroomMS: round(ours), Peers: map[string]float64{}, RatioToFastest: round(theirs / ours)}
		for _, key := range r.peers() {
			_, name := label(key)
			c.Peers[name] = round(r.ms(key))
		}
		out = append(out, c)
	}
	return out
}

// round keeps three decimals, which is more than is sure.
func round(v float64) float64 { return math.Round(1000*v) / 1000 }

func latest(results []result) []byte {
	text, err := json.MarshalIndent(records(results), "", "  ")
	if err != nil {
		panic(err)
	}
	return append(text, '\n')
}

// A setting is where and with what the results were taken.
type setting struct {
	Date     string
	Build    string
	Note     string
	Machine  string
	Cores    int
	Memory   string
	System   string
	Chromium string
	Go       string
	Features string // of the build
	Versions map[string]string
	Burst    int
}

// runs returns how often the engines of a result ran: "15", or the fewest and the most.
func (r result) runs() string {
	least, most := 0, 0
	for _, m := range r.Engines {
		if n := len(m.Times); n > 0 {
			most = max(most, n)
			if least == 0 || n < least {
				least = n
			}
		}
	}
	if least == most {
		return fmt.Sprint(most)
	}
	return fmt.Sprintf("%d–%d", least, most)
}

// table writes results that have the same engines as one Markdown table.
func table(b *strings.Builder, results []result, keys []string) {
	b.WriteString("| network | threads | runs |")
	for _, key := range keys {
		name, _ := label(key)
		fmt.Fprintf(b, " %s |", name)
	}
	b.WriteString(" fastest peer / Homeroom |")
	withORT := slices.Contains(keys, ortWeb)
	if withORT {
		b.WriteString(" ONNX Runtime Web / Homeroom |")
	}
	b.WriteString("\n|---|---|---|" + strings.Repeat("---|", len(keys)+1))
	if withORT {
		b.WriteString("---|")
	}
	b.WriteString("\n")
	for _, r := range results {
		fmt.Fprintf(b, "| %s | %d | %s |", r.Network, r.Threads, r.runs())
		for _, key := range keys {
			fmt.Fprintf(b, " %s |", r.cell(key))
		}
		fmt.Fprintf(b, " %s |", ratio(r.fastest()/r.ms(homeroom)))
		if withORT {
			fmt.Fprintf(b, " %s |", ratio(r.ms(ortWeb)/r.ms(homeroom)))
		}
		b.WriteString("\n")
	}
}

// cell writes what one engine took.
func (r result) cell(key string) string {
	if len(r.Engines[key].Times) == 0 {
		return "–"
	}
	return fmt.Sprintf("%s ±%.0f%%", milliseconds(r.ms(key)), 100*spread(r.Engines[key].Times))
}

// plainTable writes what the build for browsers without relaxed SIMD takes beside the other.
func plainTable(b *strings.Builder, results []result) {
	b.WriteString("| network | threads | runs | relaxed SIMD | without | without / with |\n|---|---|---|---|---|---|\n")
	for _, r := range results {
		fmt.Fprintf(b, "| %s | %d | %s | %s | %s | %s |\n", r.Network, r.Threads, r.runs(), r.cell(homeroom), r.cell(homeroomPlain), ratio(r.ms(homeroomPlain)/r.ms(homeroom)))
	}
}

// teaching writes the section about learning heads.
func teaching(b *strings.Builder, f findings) {
	at := slices.IndexFunc(f, func(x finding) bool { return x.Part == partTeach })
	if at < 0 {
		return
	}
	r := f[at].Result
	fmt.Fprintf(b, "\n## Teaching\n\n%s: %s. One worker and one thread each, taking turns, the median of %d after one for warmth. Homeroom does\n"+
		"all that its page does when a linear head is asked for: it looks for photos that are alike, learns logistic regression with a choice of penalties in five folds,\n"+
		"calibrates, learns the head on all photos, sets the threshold of the unknown, and writes the head and its report. TensorFlow.js learns\n"+
		"the head of Teachable Machine, 100 rectified units and a softmax, by Adam in 50 epochs of batches of 16, and does nothing else.\n\n"+
		"| | milliseconds | right of the photos to test on | TensorFlow.js / Homeroom |\n|---|---|---|---|\n", r.Network, f[at].What, teachRounds)
	for _, key := range columns([]result{r}) {
		m := r.Engines[key]
		name, _ := label(key)
		if len(m.Times) == 0 {
			continue
		}
		last := ""
		if key == homeroom {
			last = ratio(r.fastest() / r.ms(homeroom))
		}
		fmt.Fprintf(b, "| %s | %s ±%.0f%% | %.1f%% ±%.1f | %s |\n", name, milliseconds(r.ms(key)), 100*spread(m.Times), 100*median(m.Accuracy), 100*spread(m.Accuracy)*median(m.Accuracy), last)
	}
}

func milliseconds(v float64) string {
	if v < 100 {
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}

func ratio(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	return fmt.Sprintf("%.2f", v)
}

// faults lists what has no times, and why.
func faults(b *strings.Builder, results []result) {
	for _, r := range results {
		for _, key := range slices.Sorted(maps.Keys(r.Engines)) {
			if f := r.Engines[key].Fault; f != "" {
				name, _ := label(key)
				fmt.Fprintf(b, "- %s on %s, %d thread(s): %s\n", name, r.Network, r.Threads, f)
			}
		}
	}
}

// columns returns the keys of the engines that results name, Homeroom first.
func columns(results []result) []string {
	seen := map[string]bool{}
	for _, r := range results {
		for key := range r.Engines {
			seen[key] = true
		}
	}
	var out []string
	for _, e := range engines {
		if seen[e.key] {
			out = append(out, e.key)
		}
	}
	return append(out, nativeColumns(seen)...)
}

// report writes BENCHMARKS.md.
func report(s setting, f findings) string {
	b := new(strings.Builder)
	b.WriteString("# Benchmarks\n\n")
	b.WriteString("Homeroom and its peers on the same networks, weights and inputs, in one run of one browser, taking turns.\n" +
		"Written by `make bench`; bench/latest.json holds the same medians.\n\n")
	commits := strings.Join(f.builds(), ", ")
	if commits != "" {
		commits = ", commit " + commits
	}
	fmt.Fprintf(b, "- Date: %s\n- Machine: %s, %d core(s), %s, %s\n- Browser: %s\n- Homeroom: %s%s%s\n",
		s.Date, s.Machine, s.Cores, s.Memory, s.System, s.Chromium, s.Go, s.Features, commits)
	if s.Note != "" {
		fmt.Fprintf(b, "- Note: %s\n", s.Note)
	}
	b.WriteString("- Peers:")
	for i, t := range tarballs {
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(b, " %s %s", t.name, t.version)
	}
	b.WriteString("\n- Made with:")
	for i, name := range slices.Sorted(maps.Keys(s.Versions)) {
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(b, " %s %s", name, s.Versions[name])
	}
	fmt.Fprintf(b, "\n\nTimes are milliseconds for one photo of 224 × 224, f32 weights: the median of as many runs as the row says, in turns of at most %d after\n"+
		"warm-up, ± half the distance between the quartiles. A ratio above 1 means that Homeroom is the faster. All logits agreed with\n"+
		"PyTorch's within %g of the largest, with the same best class, or the time was not counted.\n", s.Burst, tolerance)
	section := func(title, text string, results []result) {
		if len(results) == 0 {
			return
		}
		fmt.Fprintf(b, "\n## %s\n\n%s\n\n", title, text)
		table(b, results, columns(results))
	}
	section("In the browser, one photo", "Each engine in a worker of its own, the page cross-origin isolated.", f.of(partBrowser))
	section("In the browser, many photos", "Milliseconds for all; a run is all photos once. Homeroom on two workers in a page without cross-origin isolation, the peers on two\nthreads with it.", f.of(partPhotos))
	if plain := f.of(partPlain); len(plain) > 0 {
		b.WriteString("\n## Without relaxed SIMD\n\nBrowsers that lack relaxed SIMD get a build with a multiplication and an addition where the other has both in one.\n\n")
		plainTable(b, plain)
	}
	section("Native", "The same networks outside of the browser. Each turn begins with three runs that are not counted, of either engine.", f.of(partNative))
	wholeSection(b, f.of(partWhole))
	list := func(title, text string, figures []figure) {
		if len(figures) == 0 {
			return
		}
		fmt.Fprintf(b, "\n## %s\n\n%s\n\n| | median |\n|---|---|\n", title, text)
		for _, f := range figures {
			fmt.Fprintf(b, "| %s | %s %s ±%.0f%% |\n", f.Name, milliseconds(median(f.Values)), f.Unit, 100*spread(f.Values))
		}
	}
	list("Start and memory", fmt.Sprintf("The page as `homeroom serve` gives it out on loopback, in a browser profile that has never seen it, in a window that has been open for two seconds; the median of %d.", startRounds), f.figures(partStart))
	list("Before the network", fmt.Sprintf("One thread each, taking turns, the mean of %d photos, the median of %d.", wholePhotos, photoTurns), f.figures(partPhoto))
	layersSection(b, f)
	teaching(b, f)
	list("Teaching with very many photos", "The linear head in the same way, of features that were made up, once.", f.figures(partLarge))
	missing := new(strings.Builder)
	faults(missing, f.all())
	if missing.Len() > 0 {
		fmt.Fprintf(b, "\n## Not measured\n\n%s", missing)
	}
	b.WriteString("\n## To reproduce\n\n" +
		"`make bench` needs Chromium, Python 3 with venv, and on its first run the network: npm fetches the peers\n" +
		"(the one that npm is set to), checks them against pinned checksums, and sets up two Python environments from PyPI that make the\n" +
		"networks (tools/reference/bench_models.py). All of it stays in the user's cache directory. One network alone:\n" +
		"`go run ./tools/bench --networks resnet50 --threads 1`. The machine should do nothing else meanwhile.\n")
	return b.String()
}
