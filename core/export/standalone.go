package export

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// A Page is a web page with one classifier in it: it takes photos that are dropped, pasted, picked
// or seen by the camera, and names them.
type Page struct {
	Title   string
	Labels  []string          // that it names
	Element map[string][]byte // the element's files: homeroom.js, element.js, worker.js, engine.bin and standalone.css
	Project []byte            // a project without photos
	Packs   map[string][]byte // of the networks that it reads, by name
}

// The files of the element, as package wasm/element/files makes them.
var elementFiles = []string{"homeroom.js", "element.js", "worker.js", "engine.bin", "standalone.css"}

func (p *Page) check() error {
	for _, name := range elementFiles {
		if len(p.Element[name]) == 0 {
			return fmt.Errorf("the element's file %s is missing", name)
		}
	}
	return nil
}

// mostNamed is how many labels the page lists.
const mostNamed = 24

// document is the page around its scripts.
func (p *Page) document(policy, style, element, scripts string) string {
	names := strings.Join(p.Labels[:min(mostNamed, len(p.Labels))], ", ")
	if n := len(p.Labels) - mostNamed; n > 0 {
		names += fmt.Sprintf(" and %d more", n)
	}
	title := html.EscapeString(p.Title)
	return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>` + title + `</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="` + policy + `">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
` + style + `
</head>
<body>
<main>
<h1>` + title + `</h1>
<p>It tells apart: ` + html.EscapeString(names) + `.</p>
` + element + `
</main>
<footer>Photos stay on this device. Taught in Homeroom.</footer>
` + scripts + `</body>
</html>
`
}

// Folder writes the page as a zip of a folder for any web server that gives out files.
func (p *Page) Folder(w io.Writer) error {
	if err := p.check(); err != nil {
		return err
	}
	policy := "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; worker-src 'self'; img-src blob:; base-uri 'none'; form-action 'none'"
	page := p.document(policy, `<link rel="stylesheet" href="homeroom/standalone.css">`,
		`<homeroom-classifier src="classifier.homeroom" camera top="5"></homeroom-classifier>`, `<script type="module" src="homeroom/element.js"></script>`+"\n")
	files := map[string][]byte{"index.html": []byte(page), "classifier.homeroom": p.Project}
	for name, pack := range p.Packs {
		files[name+".pack"] = pack
	}
	for _, name := range elementFiles {
		files["homeroom/"+name] = p.Element[name]
	}
	z := zip.NewWriter(w)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		h := &zip.FileHeader{Name: name, Method: zip.Store, Modified: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
		if name != "homeroom/engine.bin" && !strings.HasSuffix(name, ".pack") { // which are packed themselves
			h.Method = zip.Deflate
		}
		f, err := z.CreateHeader(h)
		if err != nil {
			return err
		}
		if _, err := f.Write(files[name]); err != nil {
			return err
		}
	}
	return z.Close()
}

// Single writes the page as one file, which opens from a disk without a server or a network.
func (p *Page) Single(w io.Writer) error {
	if err := p.check(); err != nil {
		return err
	}
	script, err := p.script()
	if err != nil {
		return err
	}
	var parts strings.Builder
	for _, one := range p.parts() {
		one.write(&parts)
	}
	style := string(p.Element["standalone.css"])
	policy := "default-src 'none'; script-src 'wasm-unsafe-eval' " + integrity(script) + "; style-src " + integrity(style) + "; worker-src blob:; img-src blob:; base-uri 'none'; form-action 'none'"
	_, err = io.WriteString(w, p.document(policy, "<style>"+style+"</style>", `<homeroom-classifier camera top="5"></homeroom-classifier>`,
		parts.String()+`<span hidden></span>`+"\n<script>"+script+"</script>\n"))
	return err
}

// integrity is what a content security policy knows inline code by.
func integrity(code string) string {
	sum := sha256.Sum256([]byte(code))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// modules are the element's two modules as what a script may hold. base is what finds their files.
func modules(element map[string][]byte, base string) string {
	var out strings.Builder
	for _, name := range []string{"homeroom.js", "element.js"} {
		text := string(element[name])
		for _, change := range [][2]string{{"import.meta.url", base}, {"import { load } from \"./homeroom.js\";\n", ""}, {"\nexport ", "\n"}} {
			text = strings.ReplaceAll(text, change[0], change[1])
		}
		out.WriteString(text + "\n")
	}
	return out.String()
}

// Plain is the element, by its files, as a script for pages without modules, which beside the
// element defines the object Homeroom.
func Plain(element map[string][]byte) []byte {
	return []byte(`"use strict";
(() => {
const beside = document.currentScript.src;
` + modules(element, "beside") + `
globalThis.Homeroom = { load, files, Classifier, HomeroomClassifier };
})();
`)
}

// script is the element's modules as one script, which takes what it needs from the page itself.
func (p *Page) script() (string, error) {
	var packs []string
	for name := range p.Packs {
		packs = append(packs, name)
	}
	slices.Sort(packs)
	list, err := json.Marshal(packs)
	if err != nil {
		return "", err
	}
	// Of a file that was cut short, the last part is not whole.
	script := `"use strict";
(() => {
` + modules(p.Element, "document.baseURI") + `
  async function part(name) {
    const element = document.querySelector('script[data-part="' + CSS.escape(name) + '"]');
    if (!element || !element.nextElementSibling) throw new Error("This file was cut short; copy it again, whole.");
    const text = element.textContent, bytes = new Uint8Array(element.dataset.bytes), planes = Number(element.dataset.planes);
    let held = 0, bits = 0, at = 0;
    const take = (seven) => {
      held = held << 7 | seven;
      if ((bits += 7) > 7) bytes[at++] = held >> (bits -= 8);
    };
    for (let i = 0; i < text.length; i++) {
      const c = text.charCodeAt(i);
      if (c > 127) take([0, 13, 60][(c >> 7) - 1]);
      take(c & 127);
    }
    element.remove();
    if (at < bytes.length) throw new Error("This file was changed on its way; copy it again.");
    if (!planes) return bytes;
    const flat = new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer()), out = new Uint8Array(flat.length);
    for (let p = 0, from = 0; p < planes; p++) for (let to = p; to < out.length; to += planes) out[to] = flat[from++];
    return out;
  }
  const shown = document.querySelector("homeroom-classifier");
  (async () => {
    const worker = URL.createObjectURL(new Blob([await part("worker.js")], { type: "text/javascript" }));
    files.worker = () => new Worker(worker);
    files.engine = await part("engine.bin");
    const packs = {};
    for (const name of ` + string(list) + `) packs[name] = await part("pack " + name);
    shown.opens(load(await part("project"), { packs }));
  })().catch((fault) => shown.opens(Promise.reject(fault)));
})();
`
	if bytes.Contains([]byte(script), []byte("</script")) {
		return "", fmt.Errorf("the element's scripts cannot be put into a page: there is a </script in them")
	}
	return script, nil
}
