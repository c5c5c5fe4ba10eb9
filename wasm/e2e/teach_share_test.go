package e2e

import (
	"bytes"
	"encoding/csv"
	"math"
	"strconv"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"homeroom/core/export"
	"homeroom/core/project"
	"homeroom/tools/exports"
)

// share opens the dialogue and waits until it offers something.
func (p *tab) share() {
	p.t.Helper()
	p.click("button", "Share")
	p.until(`document.querySelector("[data-format]") || document.querySelector(".give [role=alert]")`)
	if why := ask[string](p, `document.querySelector(".give [role=alert]")?.textContent ?? ""`); why != "" {
		p.t.Fatal(why)
	}
}

// exported has a file of a format made, and returns it with the difference that the page tells.
func (p *tab) exported(folder, format, title, name string) ([]byte, float64) {
	p.t.Helper()
	for _, does := range []string{"Check and save: ", "Save: "} {
		if len(p.findAll("button", does+title)) == 1 {
			p.click("button", does+title)
		}
	}
	p.until(`document.querySelector('[data-format="` + format + `"] [role=status]')`)
	said := ask[string](p, `document.querySelector('[data-format="`+format+`"] [role=status]').textContent`)
	largest, err := strconv.ParseFloat(ask[string](p, `document.querySelector('[data-format="`+format+`"] [role=status]').dataset.largest ?? ""`), 64)
	if err != nil {
		p.t.Fatalf("%s: %s", title, said)
	}
	return downloaded(p.t, folder, name), largest
}

// TestShare saves what was taught in every format, and reads each file.
func TestShare(t *testing.T) {
	p := teach(t, "")
	folder := p.downloads()
	p.click("button", "Share")
	p.find("button", "Save") // a project without a head goes with its photos alone
	p.click("button", "Close")
	p.until(`!document.querySelector(".give")`)
	p.twoClasses(8)
	p.click("tab", "Settings")
	p.fill("combobox", "Head", "linear") // which every format can say
	p.learnt(2)
	p.fill("textbox", "Name of the project", "Pets")
	p.share()
	phoneAndDesk := func(name string) {
		if *shots == "" {
			return
		}
		for _, l := range []struct {
			name          string
			width, height int64
			scale         float64
			scheme        string
		}{{"desktop-light", 1280, 900, 1, "light"}, {"phone-dark", 390, 844, 2, "dark"}} {
			p.do(chromedp.EmulateViewport(l.width, l.height, chromedp.EmulateScale(l.scale)))
			call(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: l.scheme}}})
			p.shoot("share-" + name + "-" + l.name)
		}
		p.do(chromedp.EmulateViewport(1280, 900))
	}
	phoneAndDesk("offers")
	for _, f := range exports.Formats {
		title := map[string]string{"onnx": "ONNX", "tflite": "TensorFlow Lite", "teachable-machine": "Teachable Machine", "safetensors": "PyTorch"}[f.Name]
		name := "Pets" + f.Extension
		if f.Name == exports.TeachableMachine {
			name = "Pets teachable machine.zip"
		}
		file, largest := p.exported(folder, f.Name, title, name)
		if !(largest <= export.Tolerance) {
			t.Errorf("%s differs by %g", f.Name, largest)
		}
		run, err := exports.Read(f.Name, file)
		if err != nil {
			t.Errorf("%s: %v", f.Name, err)
			continue
		}
		run.Close()
	}
	phoneAndDesk("saved")
	p.fill("combobox", "Weights of ONNX", "int8")
	if _, largest := p.exported(folder, "onnx", "ONNX", "Pets int8.onnx"); !(largest <= export.CoarseTolerance) {
		t.Errorf("with int8 it differs by %g", largest)
	}
	table, _ := p.exported(folder, "csv", "Table of features", "Pets features.csv")
	if rows, err := csv.NewReader(bytes.NewReader(table)).ReadAll(); err != nil || len(rows) != 17 {
		t.Errorf("the table has %d rows, %v", len(rows), err)
	}
	alone, _ := p.exported(folder, "homeroom", "Homeroom", "Pets classifier.homeroom")
	f, err := project.Read("Pets classifier.homeroom", alone, project.Limits{})
	if err != nil || f.Head() == nil || len(f.Bank.Photos) != 0 || len(f.Thumbs) != 0 {
		t.Errorf("the classifier alone: %v", err)
	}
	p.click("radio", "With photos")
	phoneAndDesk("photos")
	p.click("button", "Save")
	if f, err := project.Read("Pets.homeroom", downloaded(t, folder, "Pets.homeroom"), project.Limits{}); err != nil || len(f.Thumbs) != 16 {
		t.Errorf("with photos: %v", err)
	}
	p.press("\x1b")
	p.until(`!document.querySelector(".give")`)
	p.wait("ready")
}

// TestTaughtUnderClassify has a taught project name photos under Classify, where networks are
// chosen, and a project file opened that is dropped there.
func TestTaughtUnderClassify(t *testing.T) {
	p := teach(t, "")
	folder := p.downloads()
	p.twoClasses(6)
	p.fill("textbox", "Name of the project", "Pets")
	p.saved()
	data := p.saveAs(folder, "Pets.homeroom")
	query := variants(t, "cat.png", 1, 90)[0]
	p.click("tab", "Try it")
	p.drop(query)
	p.until(`document.querySelectorAll("[data-tried][data-label]").length === 1`)
	want := ask[string](p, `document.querySelector("[data-tried]").dataset.label`)
	score := ask[float64](p, `Math.max(...[...document.querySelectorAll("[data-tried] [data-score]")].map((d) => Number(d.dataset.score)))`)

	named := func(p *tab) (label string, sure float64) {
		t.Helper()
		p.drop(query)
		c := p.settle(1)[0]
		sure, err := strconv.ParseFloat(c.Score, 64)
		if err != nil {
			t.Fatal(err, c)
		}
		return c.Label, sure
	}
	p.click("link", "Classify")
	p.until(`[...document.querySelectorAll("#model option")].some((o) => o.textContent === "Pets")`)
	p.fill("combobox", "Network", ask[string](p, `[...document.querySelectorAll("#model option")].find((o) => o.textContent === "Pets").value`))
	p.wait("ready")
	if label, sure := named(p); label != want || math.Abs(sure-score) > 1e-3 {
		t.Errorf("under Classify it is %s %.4f, under Teach %s %.4f", label, sure, want, score)
	}
	if *shots != "" {
		p.shoot("classify-taught")
	}
	if !ask[bool](p, `document.querySelector("#size").disabled`) {
		t.Error("another input size is offered than that of the head")
	}

	// In another browser the file is dropped on Classify, and answers there.
	q := show(t, serve(t), "")
	q.wait("ready")
	q.drop(file{name: "Pets.homeroom", kind: "application/octet-stream", data: data})
	q.until(`document.querySelector("#model").selectedOptions[0]?.textContent === "Pets"`)
	q.wait("ready")
	if label, sure := named(q); label != want || math.Abs(sure-score) > 1e-3 {
		t.Errorf("from the file it is %s %.4f, not %s %.4f", label, sure, want, score)
	}
	// What is no project is told of, and the photos stay.
	q.drop(file{name: "broken.homeroom", kind: "application/octet-stream", data: []byte("PK nothing")})
	q.until(`/could not be opened/.test(document.querySelector("#early").textContent) && !document.querySelector("#early").hidden`)
	if *shots != "" {
		q.shoot("classify-broken")
	}
}
