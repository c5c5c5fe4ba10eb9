// Package export is the command that writes what was taught, or a network, for other programs.
package export

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"homeroom/core/export"
	"homeroom/core/feature"
	"homeroom/core/head"
	"homeroom/core/model"
	"homeroom/core/project"
	"homeroom/tools/exports"
	"homeroom/tools/homeroom/catalog"
	"homeroom/tools/homeroom/console"
	"homeroom/tools/homeroom/engine"
	"homeroom/tools/whole"
)

// Command is the flags and arguments of export, and what carries it out.
type Command struct {
	engine.HeadState
	Model   string   `placeholder:"NAME|FILE.pack" help:"Pack to take for the network of that name that the project was taught on. Default: that of the catalogue."`
	As      string   `required:"" enum:"homeroom,html,folder,onnx,tflite,teachable-machine,safetensors,csv" help:"Format: ${enum}."`
	Weights string   `default:"f32" enum:"f32,f16,int8" help:"How the weights of networks are stored: ${enum}."`
	Bytes   bool     `help:"Let the input of a TensorFlow Lite model be bytes, as Frigate gives them, and not float32."`
	Size    int      `placeholder:"N" help:"Input size of a pack, in pixels. Default: what the network was trained with."`
	Out     string   `short:"o" required:"" placeholder:"FILE" help:"Where it goes."`
	Photos  []string `placeholder:"PHOTO,…" help:"Photos, or folders of them, on which the file is run before it is written: up to 20. Default: the project's thumbnails."`
	Quick   bool     `help:"Export the head that stands in where several views of a photo are too slow."`
	Page    string   `placeholder:"DIR" type:"existingdir" help:"Folder with the finished page, whose scripts go into html and folder (zipped). Default: as of serve."`
	From    string   `arg:"" placeholder:"FILE.homeroom|NAME|FILE.pack" help:"Project whose classes are exported, or a network of the catalogue, or a pack."`
}

// Run carries out the command.
func (e *Command) Run(con *console.Console) error {
	if err := whole.Check(e.Out, e.From, e.Model); err != nil {
		return err
	}
	if e.Bytes && e.As != "tflite" {
		return fmt.Errorf("--bytes: only models of TensorFlow Lite have a choice of inputs")
	}
	switch e.As {
	case "csv":
		return e.features(con)
	case "homeroom":
		return e.alone(con)
	case exports.HTML, exports.Folder:
		return e.page(con)
	}
	c, err := e.open()
	if err != nil {
		return err
	}
	var file bytes.Buffer
	err = exports.Write(&file, c, exports.Choice{Format: e.As, Weights: export.Weights(e.Weights), Bytes: e.Bytes})
	if err == nil {
		err = e.compare(con, c, file.Bytes())
	}
	card := exports.Card(c, e.As)
	if err == nil {
		for _, note := range card.Notes {
			fmt.Fprintf(con.Err, "homeroom: %s: %s\n", e.Out, note)
		}
		if e.As == exports.TeachableMachine && c.Unknown() {
			fmt.Fprintf(con.Err, "homeroom: %s will always name one of the classes: the format cannot say \"unknown\"\n", e.Out)
		}
		err = whole.Write(e.Out, 0o666, func(w io.Writer) error { _, err := file.WriteTo(w); return err })
	}
	if err != nil {
		return fmt.Errorf("%s as %s: %w", e.From, e.As, err)
	}
	_, err = fmt.Fprintf(con.Out, "%s: %s, %s; it carries %s\n", e.Out, strings.Join(card.Networks, ", "), console.CountClasses(len(c.Labels)), strings.Join(card.Carries, ", "))
	return err
}

func isProject(path string) bool { return strings.EqualFold(filepath.Ext(path), ".homeroom") }

// features writes those of a project's photos.
func (e *Command) features(con *console.Console) error {
	if !isProject(e.From) {
		return fmt.Errorf("--as csv: features are those of a project's photos; name a .homeroom file (a network has none)")
	}
	p, err := engine.ReadProject(e.From)
	if err != nil {
		return err
	}
	if err := whole.Write(e.Out, 0o666, func(w io.Writer) error { return export.CSV(w, p.Bank) }); err != nil {
		return fmt.Errorf("%s as csv: %w", e.From, err)
	}
	_, err = fmt.Fprintf(con.Out, "%s: %d photos of %s\n", e.Out, len(p.Bank.Photos), console.CountClasses(len(p.Bank.Classes)))
	return err
}

// alone writes what names photos, without the photos that it was taught.
func (e *Command) alone(con *console.Console) error {
	if !isProject(e.From) {
		return fmt.Errorf("--as homeroom: that is a project without its photos; name a .homeroom file (a network is a pack as it is)")
	}
	p, err := engine.ReadProject(e.From)
	if err != nil {
		return err
	}
	alone := p.ClassifierOnly()
	if alone == nil {
		return fmt.Errorf("%s has no head yet: nothing was taught in it", e.From)
	}
	if err := engine.WriteProject(e.Out, alone); err != nil {
		return err
	}
	var networks []string
	for _, n := range alone.Networks {
		networks = append(networks, n.Name)
	}
	_, err = fmt.Fprintf(con.Out, "%s: %s, %s; it needs %s\n", e.Out, console.CountClasses(len(alone.Bank.Classes)), without(alone), strings.Join(networks, ", "))
	return err
}

// without says what a classifier has nothing of. One that answers by the nearest photos holds the
// features of each.
func without(alone *project.File) string {
	for _, h := range []*head.Head{alone.Head(), alone.Version(alone.Current).Quick} {
		if h != nil && h.Memory != nil {
			return "no photos, but the features of those it answers by"
		}
	}
	return "no photos and no features of them"
}

// open opens what is to be exported.
func (e *Command) open() (*export.Classifier, error) {
	if !isProject(e.From) {
		m, err := catalog.OpenModel(e.From)
		if err != nil {
			return nil, err
		}
		return export.Network(m, e.Size)
	}
	if e.Size != 0 {
		return nil, fmt.Errorf("--size: a head is bound to the input size that it was taught at")
	}
	p, err := engine.ReadProject(e.From)
	if err != nil {
		return nil, err
	}
	h := e.Of(p)
	if h == nil {
		return nil, fmt.Errorf("%s has no head yet: nothing was taught in it", e.From)
	}
	if e.Quick {
		if h = p.Version(p.Current).Quick; h == nil {
			return nil, fmt.Errorf("--quick: %s has no quick head, since its head reads one view of a photo; leave the flag out", e.From)
		}
	}
	var spaces []feature.Space
	for _, s := range h.Spaces {
		spaces = append(spaces, s.Name)
	}
	backbones, err := catalog.OpenBackbones(spaces, e.Model)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", e.From, err)
	}
	networks := map[string]*model.Model{}
	for name, b := range backbones {
		networks[name] = b.Model
	}
	return export.Taught(p.Name, h, networks)
}
