package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"path"
	"slices"
	"strings"
)

// leftOut are networks that the page as one file goes without, for their size; it has a sharper one
// and a smaller one.
var leftOut = []string{"efficientnet-lite1", "vgg16-conv"}

// mostSingle is the size of packs above which the page as one file goes without them.
const mostSingle = 8 << 20

// single makes the whole page one HTML file that opens from a disk, without a server: styles and
// scripts are in it, allowed by their checksums alone, and what they fetch is in it as data, which
// site/single.js answers from.
func single(files map[string][]byte, draft bool) ([]byte, error) {
	packer := gzipped
	if draft {
		packer = fast
	}
	text := withPictures(files["index.html"], files)
	var fault error
	replace := func(old, by string) {
		if fault == nil {
			text, fault = once("index.html", text, old, by)
		}
	}
	var sums []string
	inline := func(name string) string {
		code := string(files[name])
		if strings.Contains(code, "</script") && fault == nil {
			fault = fmt.Errorf("%s cannot be put into a page: it has a </script in it", name)
		}
		sums = append(sums, "'sha256-"+checksum([]byte(code))+"'")
		return "<script>" + code + "</script>\n"
	}

	style := string(files["style.css"])
	replace(`<link rel="stylesheet" href="style.css">`, "<style>"+style+"</style>")
	replace(`<link rel="icon" href="icon.svg" type="image/svg+xml">`, `<link rel="icon" href="data:image/svg+xml;base64,`+base64.StdEncoding.EncodeToString(files["icon.svg"])+`" type="image/svg+xml">`)
	replace(`  <link rel="manifest" href="manifest.webmanifest">`+"\n", "")
	replace(`<a href="licences.txt" `, `<a href="#" data-link="licences.txt" `)
	// What the page says about where it lives must be true of the file. Chromium has one store for
	// all pages from the disk.
	replace("After the first visit it also works without a connection.", "The whole page is this one file, which needs no connection and no server.")
	replace("and clearing this site's data in the browser removes everything.", "and clearing the data of pages from the disk in the browser removes everything. "+
		"In some browsers all pages opened from the disk share one store: others of them could read there what you taught, so open only those that you trust.")
	for _, name := range []string{"wasm_exec.js", "threads.js"} {
		replace(`  <script src="`+name+`" defer></script>`+"\n", "")
	}
	replace(`  <script src="boot.js"></script>`+"\n", inline("boot.js")) // which listens before anything can be seen
	replace(`<html lang="en-GB"`, `<html lang="en-GB" data-single`)

	catalog, names, err := listed(files["weights/catalog.json"])
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	part := func(name, kind string, data []byte) error {
		attribute := ""
		if path.Ext(name) != ".pack" && name != "worker.js" {
			var err error
			if data, err = written(data, packer); err != nil {
				return err
			}
			attribute = " data-packed"
		}
		fmt.Fprintf(&b, `<script type="text/plain" data-part="%s" data-type="%s"%s>%s</script>`+"\n", html.EscapeString(name), kind, attribute, base64.StdEncoding.EncodeToString(data))
		return nil
	}
	// The scripts need the one part of the workers at once; they wait for the others, which come in
	// the order in which they are wanted.
	worker := strings.Join([]string{"self.importScripts = () => {};", string(files["wasm_exec.js"]), string(files["threads.js"]), string(files["worker.js"])}, "\n;\n")
	if err := part("worker.js", "text/javascript", []byte(worker)); err != nil {
		return nil, err
	}
	for _, name := range []string{"wasm_exec.js", "threads.js", "single.js"} {
		b.WriteString(inline(name))
	}
	var elements []string
	for path := range files {
		if strings.HasPrefix(path, elementFolder) {
			elements = append(elements, path)
		}
	}
	slices.Sort(elements)
	var languages []string
	for path := range files {
		if strings.HasPrefix(path, "text/") {
			languages = append(languages, path)
		}
	}
	slices.Sort(languages)
	for _, p := range slices.Concat(languages, []string{"homeroom-relaxed.wasm", "homeroom-relaxed-rest.wasm", "weights/catalog.json"}, names, []string{"homeroom.wasm", "homeroom-rest.wasm", sharingProgram}, elements, []string{"licences.txt"}) {
		data, kind := files[p], "application/octet-stream"
		if data == nil && strings.HasSuffix(p, "-rest.wasm") { // the program is whole
			continue
		}
		switch path.Ext(p) {
		case ".wasm":
			kind = "application/wasm"
		case ".json":
			kind = "application/json"
			if p == "weights/catalog.json" {
				data = catalog
			}
		case ".txt":
			kind = "text/plain; charset=utf-8"
		}
		if data == nil {
			return nil, fmt.Errorf("there is no %s", p)
		}
		if err := part(p, kind, data); err != nil {
			return nil, err
		}
	}
	b.WriteString("<span hidden></span>\n") // each part has something after it, by which it is known to be whole
	replace("</body>", b.String()+"</body>")

	if fault != nil {
		return nil, fault
	}
	page := string(text)
	start := strings.Index(page, `content="default-src 'none'`)
	if start < 0 {
		return nil, fmt.Errorf("index.html has no content security policy")
	}
	start += len(`content="`)
	end := start + strings.Index(page[start:], `"`)
	policy := "default-src 'none'; script-src 'wasm-unsafe-eval' " + strings.Join(sums, " ") + "; style-src 'sha256-" + checksum([]byte(style)) +
		"'; img-src blob: data:; worker-src blob:; base-uri 'none'; form-action 'none'"
	return []byte(page[:start] + policy + page[end:]), nil
}

// checksum is what a content security policy knows a script by.
func checksum(code []byte) string {
	sum := sha256.Sum256(code)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// listed returns the catalogue of what is in the file, and its packs and labels.
func listed(catalog []byte) (text []byte, names []string, err error) {
	var all, some []json.RawMessage
	if err := json.Unmarshal(catalog, &all); err != nil {
		return nil, nil, err
	}
	for _, raw := range all {
		var e struct {
			Name, File, Labels string
			Bytes              int64
		}
		if err := json.Unmarshal(raw, &e); err != nil {
			return nil, nil, err
		}
		if slices.Contains(leftOut, e.Name) || e.Bytes > mostSingle {
			continue
		}
		some = append(some, raw)
		for _, file := range []string{e.File, e.Labels} {
			if name := "weights/" + file; file != "" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	text, err = json.MarshalIndent(some, "", "  ")
	return text, names, err
}
