package network

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"homeroom/core/model"
	"homeroom/core/photo"
	"homeroom/models"
	"homeroom/tools/checkpoint"
	"homeroom/tools/homeroom/console"
)

// What a training saved beside the weights, and what is told of it.

// Build makes the network of an open checkpoint.
func (b *Building) Build(path string, c *checkpoint.Checkpoint) (*Network, error) {
	opt := models.Options{GAP: b.GAP, Heads: b.Heads, Activation: b.Activation}
	if opt.Heads == 0 {
		opt.Heads = headsOf(c.Meta)
	}
	if b.Weights != "" && !strings.HasSuffix("."+c.Weights, "."+b.Weights) {
		opt.Weights = b.Weights
	}
	if c.Modules != nil {
		opt.Modules = make(map[string]models.Module, len(c.Modules))
		for _, m := range c.Modules {
			opt.Modules[m.Name] = models.Module{Class: m.Class, Attributes: m.Attributes}
		}
	}
	src := newTensors(c)
	n, err := models.BuildWith(b.Arch, src, opt)
	if named := archOf(c.Meta); b.Arch == "" && named != "" && err == nil && n.Arch != models.Canonical(named) {
		// Some variants differ in what their weights don't show, such as padding.
		if other, err := models.BuildWith(named, src, opt); err == nil {
			n = other
			n.Notes = append(n.Notes, fmt.Sprintf("it is %s, as the file says", n.Arch))
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if c.Weights != "" && len(c.Others) > 0 {
		n.Notes = append(n.Notes, fmt.Sprintf("the weights under %s are taken; there are others under %s, which --weights takes", c.Weights, strings.Join(c.Others, ", ")))
	}
	if c.Scripted {
		n.Assumed = append(n.Assumed, "the usual order of its layers: of TorchScript's code only what each layer is was read, not what calls what")
	}
	out := &Network{Network: n, labels: labelsOf(c.Meta)}
	switch p, where := preprocessOf(c.Meta, n.Preprocess); {
	case where != "":
		n.Preprocess, out.photos, out.known = p, "said by the file, in its "+where, true
	case n.Published:
		out.photos, out.known = "that of the published weights of "+n.Title, true
	default:
		out.photos = "the usual one of " + n.Title + "; the file does not say what these weights were trained with"
	}
	return out, nil
}

// archOf finds the name of a variant among what was saved beside the weights.
func archOf(meta map[string]any) string {
	for _, in := range settings(meta) {
		for _, key := range []string{"arch", "model_name", "model", "architecture", "backbone"} {
			if name, ok := in.values[key].(string); ok && models.Known(name) {
				return name
			}
		}
	}
	return ""
}

// setting is a dict of what a training was called with.
type setting struct {
	name   string
	values map[string]any
}

// settings are the dicts beside the weights that say how they were trained, under the names that
// people give them.
func settings(meta map[string]any) []setting {
	all := []setting{{"entries", meta}}
	for _, key := range []string{"preprocess", "pretrained_cfg", "default_cfg", "arguments", "args", "model_args", "config", "hyper_parameters", "hparams"} {
		if m, ok := meta[key].(map[string]any); ok {
			all = append(all, setting{key, m})
			if inner, ok := m["preprocess"].(map[string]any); ok {
				all = append(all, setting{key + ".preprocess", inner})
			}
		}
	}
	return all
}

// classKeys are the names under which training scripts keep those of classes.
var classKeys = []string{"classes", "class_names", "labels", "vocab", "categories", "idx_to_class", "id2label", "class_to_idx", "label2id"}

// labelsOf finds the names of the classes among what was saved beside the weights: a list of them,
// or a dict from or to their numbers.
func labelsOf(meta map[string]any) []string {
	for _, in := range settings(meta) {
		for _, key := range classKeys {
			switch v := in.values[key].(type) {
			case []any:
				if labels := stringsOf(v); len(labels) > 0 {
					return labels
				}
			case map[string]any:
				if labels := numberedLabels(v); len(labels) > 0 {
					return labels
				}
			}
		}
	}
	return nil
}

func stringsOf(list []any) []string {
	labels := make([]string, len(list))
	for i, v := range list {
		var ok bool
		if labels[i], ok = v.(string); !ok || labels[i] == "" {
			return nil
		}
	}
	return labels
}

// numberedLabels reads {"cat": 0, …} and {"0": "cat", …}.
func numberedLabels(m map[string]any) []string {
	labels := make([]string, len(m))
	put := func(i int64, label string) bool {
		if i < 0 || i >= int64(len(labels)) || labels[i] != "" || label == "" {
			return false
		}
		labels[i] = label
		return true
	}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		switch v := m[key].(type) {
		case int64:
			if !put(v, key) {
				return nil
			}
		case string:
			var i int64
			if _, err := fmt.Sscan(key, &i); err != nil || !put(i, v) {
				return nil
			}
		default:
			return nil
		}
	}
	return labels
}

// headsOf finds the number of heads among what was saved beside the weights.
func headsOf(meta map[string]any) int {
	for _, in := range settings(meta) {
		for _, key := range []string{"heads", "num_heads"} {
			if h, ok := in.values[key].(int64); ok && h > 0 && h < 1<<10 {
				return int(h)
			}
		}
	}
	return 0
}

// preprocessOf finds size, mean and deviation among what was saved beside the weights: on a scale
// of 0 to 1, as torchvision's transforms have them, and as timm's scripts call them. where is the
// entry that says them, or "".
func preprocessOf(meta map[string]any, p photo.Preprocess) (_ photo.Preprocess, where string) {
	for _, in := range settings(meta) {
		q, said := p, false
		for _, key := range []string{"size", "img_size", "input_size", "image_size", "crop_size"} {
			s, ok := in.values[key].(int64)
			if list, isList := in.values[key].([]any); isList && len(list) > 0 {
				s, ok = list[len(list)-1].(int64) // [3, 224, 224]
			}
			if ok && s > 0 && s <= math.MaxInt16 {
				q, said = q.At(int(s)), said || in.name != "entries"
			}
		}
		for key, to := range map[string]*[3]float64{"mean": &q.Mean, "std": &q.Std} {
			if v, ok := levelsOf(in.values[key]); ok {
				*to, said = v, true
			}
		}
		if f, ok := in.values["crop_pct"].(float64); ok && f > 0 && f <= 1 {
			q.CropFraction, q.Resize, said = f, 0, true
		}
		if f, ok := in.values["interpolation"].(string); ok && (f == string(photo.Bilinear) || f == string(photo.Bicubic)) {
			q.Interpolation, said = photo.Interpolation(f), true
		}
		if said && q.Validate() == nil {
			return q, in.name
		}
	}
	return p, ""
}

// levelsOf reads three numbers from 0 to 1 as levels from 0 to 255.
func levelsOf(v any) (out [3]float64, ok bool) {
	list, _ := v.([]any)
	if len(list) != 3 {
		return out, false
	}
	for i, v := range list {
		x, isFloat := v.(float64)
		if n, isInt := v.(int64); isInt {
			x, isFloat = float64(n), true
		}
		if !isFloat || x < 0 || x > 1 {
			return out, false
		}
		out[i] = console.Round(x*255, 6)
	}
	return out, true
}

// binaryLabels are the names of no and yes, of what is called one class, two or nothing.
func binaryLabels(labels []string) []string {
	switch len(labels) {
	case 0:
		return []string{"no", "yes"}
	case 1:
		return []string{"not " + labels[0], labels[0]}
	}
	return labels
}

// Tell prints what was found in the file, how photos are prepared and who says so, and what was
// assumed.
func (n *Network) Tell(con *console.Console, m *model.Model, set bool) {
	for _, note := range n.Notes {
		fmt.Fprintln(con.Out, note)
	}
	if n.Binary {
		fmt.Fprintf(con.Out, "one output: its sigmoid is the score of %q, the rest of 1 that of %q\n", m.Labels[1], m.Labels[0])
	}
	why, known := n.photos, n.known
	if set {
		why, known = "set by the flags; where they say nothing, "+why, true
	}
	fmt.Fprintf(con.Out, "photos: %v\n        %s\n", m.Preprocess, why)
	if !known {
		fmt.Fprintln(con.Err, "homeroom: warning: how photos are prepared is assumed; where these weights were trained otherwise, answers will be worse: --resize, --crop, --squash, --interpolation, --mean, --std and --bgr say it")
	}
	for _, assumed := range n.Assumed {
		fmt.Fprintf(con.Err, "homeroom: warning: assumed: %s\n", assumed)
	}
}

// Set tells whether flags say how photos are prepared.
func (c *Preparing) Set() bool { return *c != Preparing{} }
