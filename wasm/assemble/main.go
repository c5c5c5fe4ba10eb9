// Command assemble puts the finished page together in one folder, ready for any static host: the
// files of site/, the program, the Go project's wasm_exec.js that belongs to the toolchain which
// built it, fitted for a shared memory, the packs with their catalogue, and the licences of all
// that is in the program. It stamps the service worker with a checksum over all of it, so that
// browsers that keep an earlier build for offline use notice the new one. Beside each file that
// becomes smaller by it lie its compressed forms, NAME.br and NAME.gz, for servers that send them.
//
// With -single it writes the page as one file, too, for people who have no server.
//
//	go run ./wasm/assemble -wasm homeroom.wasm -relaxed homeroom-relaxed.wasm -sharing homeroom-sharing.wasm -out dist -single homeroom.html
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"html"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	element "homeroom/wasm/element/files"
)

func main() {
	site := flag.String("site", "site", "folder with the page's own files")
	weights := flag.String("weights", "weights", "folder with catalog.json and the packs")
	program := flag.String("wasm", "homeroom.wasm", "the program, built for js/wasm")
	relaxed := flag.String("relaxed", "homeroom-relaxed.wasm", "the program for browsers with relaxed SIMD")
	sharing := flag.String("sharing", "homeroom-sharing.wasm", "the program that makes files for other programs")
	named := flag.String("named", "", "answers to the photos that the page opens on, as homeroom classify --json prints them; empty leaves the photos out")
	engine := flag.String("engine", "engine.wasm", "the program of pages with one classifier alone")
	element := flag.String("element", "element", "folder with the element's own files")
	words := flag.String("text", "wasm/text", "folder with the languages")
	out := flag.String("out", "dist", "folder to write")
	whole := flag.String("single", "", "file to write the page to as a whole; empty writes none")
	level := flag.Int("brotli", usual, "level of brotli for what a first visit waits for, at most 11, which takes a minute")
	draft := flag.Bool("draft", false, "take no time to compress: for a page that is only tried")
	flag.Parse()
	from := sources{*site, *weights, *program, *relaxed, *sharing, *engine, *element, *named, *words}
	if err := assemble(from, *out, *whole, *draft, *level); err != nil {
		fmt.Fprintln(os.Stderr, "assemble:", err)
		os.Exit(1)
	}
}

// sources are the files and folders that the page is made of.
type sources struct{ site, weights, program, relaxed, sharing, engine, element, named, words string }

func assemble(from sources, out, whole string, draft bool, level int) error {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("asking go for its root: %w", err)
	}
	files := make(map[string][]byte) // path in the finished page, with slashes
	if err := gather(files, from.site, ""); err != nil {
		return err
	}
	if err := gatherWeights(files, from.weights); err != nil {
		return err
	}
	for path, from := range map[string]string{
		"homeroom.wasm":         from.program,
		"homeroom-relaxed.wasm": from.relaxed,
		sharingProgram:          from.sharing,
		"wasm_exec.js":          filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js"),
	} {
		if files[path], err = os.ReadFile(from); err != nil {
			return err
		}
	}
	for path, from := range map[string]string{"homeroom.wasm": from.program, "homeroom-relaxed.wasm": from.relaxed} {
		rest, err := os.ReadFile(restOf(from))
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // a program that is whole has none
			return err
		}
		if err == nil {
			files[restOf(path)] = rest
		}
	}
	engine, err := os.ReadFile(from.engine)
	if err != nil {
		return err
	}
	parts, err := element.Of(from.element, strings.TrimSpace(string(root)), engine)
	if err != nil {
		return err
	}
	for name, data := range parts {
		files[elementFolder+name] = data
	}
	if files["wasm_exec.js"], err = fit(files["wasm_exec.js"]); err != nil {
		return err
	}
	if files["licences.txt"], err = licences(strings.TrimSpace(string(root))); err != nil {
		return err
	}
	if err := gatherLanguages(files, from.words); err != nil {
		return err
	}
	if err := putPhotos(files, from.named); err != nil {
		return err
	}
	if err := putLesson(files); err != nil {
		return err
	}
	if err := putSheets(files); err != nil {
		return err
	}
	if err := nameFirst(files); err != nil {
		return err
	}
	if err := nameSums(files); err != nil {
		return err
	}
	if err := nameSharing(files); err != nil {
		return err
	}
	if whole != "" {
		text, err := single(files, draft)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(whole), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(whole, text, 0o644); err != nil {
			return err
		}
	}
	delete(files, "single.js")
	if err := stamp(files); err != nil {
		return err
	}
	for path, data := range files {
		to := filepath.Join(out, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(to, data, 0o644); err != nil {
			return err
		}
	}
	if draft {
		return nil
	}
	return compress(files, out, level)
}

// fits are changes of wasm_exec.js. Functions of the browser that refuse a view of a shared memory
// get a copy.
var fits = [][2]string{
	{"outputBuf += decoder.decode(buf);", "outputBuf += decoder.decode(buf.slice());"},
	{"return decoder.decode(new DataView(this._inst.exports.mem.buffer, saddr, len));",
		"return decoder.decode(new Uint8Array(this._inst.exports.mem.buffer, saddr, len).slice());"},
	{"crypto.getRandomValues(loadSlice(sp + 8));",
		"const random = loadSlice(sp + 8);\n\t\t\t\t\t\trandom.set(crypto.getRandomValues(new Uint8Array(random.length)));"},
}

// once replaces a text that stands in a file exactly once.
func once(name string, data []byte, old, by string) ([]byte, error) {
	if n := bytes.Count(data, []byte(old)); n != 1 {
		return nil, fmt.Errorf("%s has %q %d times, not once", name, old, n)
	}
	return bytes.Replace(data, []byte(old), []byte(by), 1), nil
}

// fit changes the toolchain's wasm_exec.js so that the program's memory may be a shared one.
func fit(script []byte) (_ []byte, err error) {
	for _, f := range fits {
		if script, err = once("wasm_exec.js", script, f[0], f[1]); err != nil {
			return nil, fmt.Errorf("%w: it is of another toolchain than this was written for", err)
		}
	}
	return script, nil
}

// gather reads the files under folder.
func gather(files map[string][]byte, folder, prefix string) error {
	return filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		files[prefix+filepath.ToSlash(rel)] = data
		return err
	})
}

// gatherLanguages reads the files of the languages that the page offers, and no other.
func gatherLanguages(files map[string][]byte, folder string) error {
	_, list, is := bytes.Cut(files["index.html"], []byte(`data-languages="`))
	if !is {
		return errors.New("index.html does not say which languages there are")
	}
	list, _, _ = bytes.Cut(list, []byte(`"`))
	for _, code := range strings.Fields(string(list)) {
		code, _, _ = strings.Cut(code, ".")
		data, err := os.ReadFile(filepath.Join(folder, code+".json"))
		if err != nil {
			return err
		}
		var b bytes.Buffer
		if err := json.Compact(&b, data); err != nil {
			return fmt.Errorf("%s.json: %w", code, err)
		}
		files["text/"+code+".json"] = b.Bytes()
	}
	return nil
}

// gatherWeights reads the packs of the catalogue that are there, and their labels. Those that are
// not in the repository for their size may be missing; the catalogue of the finished page lists
// what the page can have, and nothing else.
func gatherWeights(files map[string][]byte, folder string) error {
	data, err := os.ReadFile(filepath.Join(folder, "catalog.json"))
	if err != nil {
		return err
	}
	var all []json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		return fmt.Errorf("catalog.json: %w", err)
	}
	listed := []json.RawMessage{}
	for _, raw := range all {
		var e struct {
			Name, File, Labels string
			Large              bool
		}
		if err := json.Unmarshal(raw, &e); err != nil {
			return fmt.Errorf("catalog.json: %w", err)
		}
		if e.File == "" || e.File != filepath.Base(e.File) || e.Labels != "" && e.Labels != filepath.Base(e.Labels) {
			return fmt.Errorf("catalog.json: %q has a file that is no plain name", e.Name)
		}
		from := filepath.Join(folder, e.File)
		if e.Large {
			from = filepath.Join(folder, "large", e.File)
		}
		pack, err := os.ReadFile(from)
		if errors.Is(err, fs.ErrNotExist) && e.Large {
			continue
		}
		if err != nil {
			return err
		}
		files["weights/"+e.File] = pack
		if e.Labels != "" {
			if files["weights/"+e.Labels], err = os.ReadFile(filepath.Join(folder, e.Labels)); err != nil {
				return err
			}
		}
		listed = append(listed, raw)
	}
	if licences, err := os.ReadFile(filepath.Join(folder, "LICENCES.md")); err == nil {
		files["weights/LICENCES.md"] = licences
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	text, err := json.MarshalIndent(listed, "", "  ")
	files["weights/catalog.json"] = append(text, '\n')
	return err
}

// licences returns the licences of all that is part of the page and of the program that may carry
// it: Homeroom, the modules they have code of, and Go in the folder root. Whoever hands either on
// has to hand these on, too.
func licences(root string) ([]byte, error) {
	lines := []string{"Go\t" + root}
	for _, program := range [][]string{{"homeroom/wasm", "GOOS=js", "GOARCH=wasm"}, {"homeroom/tools/homeroom"}} {
		list := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if .Main}}Homeroom{{else}}{{.Path}} {{.Version}}{{end}}\t{{.Dir}}{{end}}", program[0])
		list.Env = append(os.Environ(), program[1:]...)
		out, err := list.Output()
		if err != nil {
			return nil, fmt.Errorf("asking go what %s is made of: %w", program[0], err)
		}
		lines = append(lines, strings.Split(strings.TrimSpace(string(out)), "\n")...)
	}
	sort.Strings(lines)
	var text bytes.Buffer
	for _, line := range slices.Compact(lines) {
		name, folder, _ := strings.Cut(line, "\t")
		var found []string
		for _, pattern := range []string{"LICENSE*", "COPYING*", "NOTICE*"} {
			some, err := filepath.Glob(filepath.Join(folder, pattern))
			if err != nil {
				return nil, err
			}
			found = append(found, some...)
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("%s has no file LICENSE or COPYING in %s", name, folder)
		}
		for _, path := range found {
			data, err := os.ReadFile(path)
			if err != nil {
				return nil, err
			}
			fmt.Fprintf(&text, "%s\n%s\n\n%s\n\n", name, strings.Repeat("=", len(name)), bytes.TrimSpace(data))
		}
	}
	return text.Bytes(), nil
}

// unnamed is the attribute of index.html that names the pack which the page opens at first.
const unnamed = `data-first=""`

// nameFirst writes into index.html which pack that is, the first that names photos, so that it is
// fetched while the program is.
func nameFirst(files map[string][]byte) error {
	var listed []struct {
		File, SHA256 string
		Classes      int
	}
	if err := json.Unmarshal(files["weights/catalog.json"], &listed); err != nil {
		return err
	}
	first := ""
	for _, e := range listed {
		if e.Classes == 0 || len(e.SHA256) < 16 {
			continue
		}
		// The address is the one that the page asks for.
		first = "weights/" + url.PathEscape(e.File) + "?sum=" + url.QueryEscape(e.SHA256[:16])
		break
	}
	var err error
	files["index.html"], err = once("index.html", files["index.html"], unnamed, `data-first="`+html.EscapeString(first)+`"`)
	return err
}

// restOf is where the rest of a program lies, which is in two modules.
func restOf(program string) string { return strings.TrimSuffix(program, ".wasm") + "-rest.wasm" }

// nameSums writes the checksums of the two programs into index.html, so that the page knows a
// damaged one.
func nameSums(files map[string][]byte) error {
	sums := map[string]string{}
	for _, path := range []string{"homeroom.wasm", "homeroom-relaxed.wasm"} {
		for _, half := range []string{path, restOf(path)} {
			if data, ok := files[half]; ok {
				sums[half] = sumOf(data)
			}
		}
	}
	text, err := json.Marshal(sums)
	if err != nil {
		return err
	}
	files["index.html"], err = once("index.html", files["index.html"], `data-sums="{}"`, `data-sums="`+html.EscapeString(string(text))+`"`)
	return err
}

// sharingProgram is fetched by who makes a file for another program, and by nobody else.
const sharingProgram = "homeroom-sharing.wasm"

// elementFolder has what pages with one classifier alone are made of, likewise.
const elementFolder = "element/"

// nameSharing writes into index.html where they lie.
func nameSharing(files map[string][]byte) error {
	type file struct {
		Path   string
		Bytes  int
		SHA256 string
		Parts  []file `json:",omitempty"`
	}
	of := func(path string) file { return file{Path: path, Bytes: len(files[path]), SHA256: sumOf(files[path])} }
	all := of(sharingProgram)
	for path := range files {
		if strings.HasPrefix(path, elementFolder) {
			all.Parts = append(all.Parts, of(path))
		}
	}
	slices.SortFunc(all.Parts, func(a, b file) int { return strings.Compare(a.Path, b.Path) })
	text, err := json.Marshal(all)
	if err != nil {
		return err
	}
	files["index.html"], err = once("index.html", files["index.html"], `data-sharing="{}"`, `data-sharing="`+html.EscapeString(string(text))+`"`)
	return err
}

func sumOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// unstamped are the places that name the build.
var unstamped = [][2]string{{"sw.js", `const build = "development";`}, {"worker.js", `const build = "development";`}, {"index.html", `data-build="development"`}}

// stamp writes a checksum over all files, which names the build, into the page, its worker's script
// and the service worker; and the checksums of what the service worker may keep into that.
func stamp(files map[string][]byte) error {
	paths := make([]string, 0, len(files))
	for path := range files {
		paths = append(paths, path)
	}
	sort.Strings(paths)
	sum := sha256.New()
	for _, path := range paths {
		fmt.Fprintf(sum, "%s %s\n", path, sumOf(files[path]))
	}
	build := hex.EncodeToString(sum.Sum(nil))[:16]
	var err error
	for _, at := range unstamped {
		if files[at[0]], err = once(at[0], files[at[0]], at[1], strings.Replace(at[1], "development", build, 1)); err != nil {
			return err
		}
	}
	sums := map[string]string{}
	for _, path := range paths {
		if path != "sw.js" && !strings.HasSuffix(path, ".pack") {
			sums[path] = sumOf(files[path])
		}
	}
	text, err := json.Marshal(sums)
	if err != nil {
		return err
	}
	files["sw.js"], err = once("sw.js", files["sw.js"], "const sums = {};", "const sums = "+string(text)+";")
	return err
}
