// Package export is the command that writes what was taught, or a network, for other programs.
package export

import (
	"cmp"
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
	Weights string   `default:"f32" enum:"f32,f16,int8" help:"How the weights of networks are stored: ${enum}. onnx has f32 and int8, tflite all three, other formats one way."`
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
	if err := e.check(); err != nil {
		return err
	}
	switch e.As {
	case exports.CSV:
		return e.features(con)
	case exports.Homeroom, exports.HTML, exports.Folder:
		return e.alone(con)
	}
	c, err := e.open()
	if err != nil {
		return err
	}
	photos, err := e.photosToCompare(con)
	if err != nil {
		return err
	}
	file, d, err := exports.Make(c, exports.Choice{Format: e.As, Weights: export.Weights(e.Weights), Bytes: e.Bytes}, photos, options(), nil)
	card := exports.Card(c, e.As)
	if err == nil {
		err = e.tell(con, d, len(c.Labels) > 0, c.Unknown())
	}
	if err == nil {
		for _, note := range card.Notes {
			fmt.Fprintf(con.Err, "homeroom: %s: %s\n", e.Out, note)
		}
		if e.As == exports.TeachableMachine && c.Unknown() {
			fmt.Fprintf(con.Err, "homeroom: %s will always name one of the classes: the format cannot say \"unknown\"\n", e.Out)
		}
		err = e.save(file)
	}
	if err != nil {
		return fmt.Errorf("%s as %s: %w", e.From, e.As, err)
	}
	_, err = fmt.Fprintf(con.Out, "%s: %s, %s; it carries %s\n", e.Out, strings.Join(card.Networks, ", "), console.CountClasses(len(c.Labels)), strings.Join(card.Carries, ", "))
	return err
}

// check refuses flags that say nothing to what is written, so that none is passed over in silence.
func (e *Command) check() error {
	page := e.As == exports.HTML || e.As == exports.Folder
	asTaught := page || e.As == exports.Homeroom
	taught := isProject(e.From)
	refuse := func(flag string, given, fits bool, why string) error {
		if !given || fits {
			return nil
		}
		return fmt.Errorf("%s: %s; leave the flag out", flag, why)
	}
	network := e.From + " is a network, of which nothing was taught"
	return cmp.Or(
		refuse("--bytes", e.Bytes, e.As == exports.TFLite, "only models of TensorFlow Lite have a choice of inputs"),
		refuse("--weights", e.Weights != string(export.F32), !asTaught && e.As != exports.CSV, e.As+" holds networks and heads as they are, and has no choice of weights"),
		refuse("--page", e.Page != "", page, "only html and folder have the page's scripts in them"),
		refuse("--model", e.Model != "", e.As != exports.CSV, "csv has the features that the project holds, and reads no network"),
		refuse("--model", e.Model != "", taught, e.From+" is the network itself"),
		refuse("--size", e.Size != 0, !taught, "what was taught is bound to the input size that it was taught at"),
		refuse("--photos", len(e.Photos) > 0, e.As != exports.CSV, "csv names no photos, so it is not run on any"),
		refuse("--quick", e.Quick, e.As != exports.CSV, "csv has no head in it"),
		refuse("--quick", e.Quick, taught, network),
		refuse("--quick", e.Quick, e.State == engine.Chosen, "the quick head has one state"),
		refuse("--state", e.State != engine.Chosen, e.As != exports.CSV, "csv has no head in it"),
		refuse("--state", e.State != engine.Chosen, taught, network),
	)
}

// save writes the file.
func (e *Command) save(file []byte) error {
	return whole.Write(e.Out, 0o666, func(w io.Writer) error { _, err := w.Write(file); return err })
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

// without says what a classifier has nothing of. One that answers by the nearest photos holds the
// features of each.
func without(heads ...*head.Head) string {
	for _, h := range heads {
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
	p, h, backbones, err := e.taught()
	if err != nil {
		return nil, err
	}
	networks := map[string]*model.Model{}
	for name, b := range backbones {
		networks[name] = b.Model
	}
	return export.Taught(p.Name, h, networks)
}

// taught opens a project: the head that is to be exported, and the networks that it reads.
func (e *Command) taught() (*project.File, *head.Head, map[string]*catalog.Backbone, error) {
	p, err := engine.ReadProject(e.From)
	if err != nil {
		return nil, nil, nil, err
	}
	h := e.Of(p)
	if h == nil {
		return nil, nil, nil, fmt.Errorf("%s has no head yet: nothing was taught in it", e.From)
	}
	if e.Quick {
		if h = p.QuickHead(); h == nil {
			return nil, nil, nil, fmt.Errorf("--quick: %s holds no quick head, which is kept only beside one that reads several cuts of a photo; leave the flag out", e.From)
		}
	}
	var spaces []feature.Space
	for _, s := range h.Spaces {
		spaces = append(spaces, s.Name)
	}
	backbones, err := catalog.OpenBackbones(spaces, e.Model)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("%s: %w", e.From, err)
	}
	return p, h, backbones, nil
}
