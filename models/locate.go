package models

import (
	"fmt"
	"slices"
	"strings"
)

// located shows the tensors of one network in a checkpoint under the names that its family has:
// without what training scripts put in front of them, without counters, and by name where a
// container has numbered them. Tensors beside the network, such as a classifier of somebody's own,
// keep their names.
type located struct {
	Source
	prefix string            // what stood before the names of the network
	real   map[string]string // a name that is shown → in the checkpoint
	names  []string          // that are shown, in the checkpoint's order
	inside int               // how many of them are the network's
	place  candidate
}

// Names returns the names that are shown.
func (l *located) Names() []string { return l.names }

// Dims returns a tensor's extents, or nil.
func (l *located) Dims(name string) []int {
	real, ok := l.real[name]
	if !ok {
		return nil
	}
	return l.Source.Dims(real)
}

// Floats returns a tensor's elements.
func (l *located) Floats(name string) ([]float32, error) {
	real, ok := l.real[name]
	if !ok {
		return nil, fmt.Errorf("there is no tensor %q", name)
	}
	return l.Source.Floats(real)
}

// onlyInside is the network without what lies beside it.
func (l *located) onlyInside() Source {
	in := &located{Source: l.Source, real: map[string]string{}, names: l.names[:l.inside], inside: l.inside}
	for _, name := range in.names {
		in.real[name] = l.real[name]
	}
	return in
}

// counters are what training and profiling count, which is no weight. The first are PyTorch's, the
// last those of thop.
var counters = []string{"num_batches_tracked", "n_averaged", "total_ops", "total_params"}

func isCounter(name string) bool {
	return slices.Contains(counters, name[strings.LastIndexByte(name, '.')+1:])
}

// stems are the first weights of the families, by which a network is found in a larger one.
var stems = []string{
	"conv1.weight", "layer0.conv1.weight", "features.0.weight", "features.0.0.weight", "conv_stem.weight", "_conv_stem.weight",
	"patch_embed.proj.weight", "conv_proj.weight",
}

// numberings are how containers number the parts of a network: nn.Sequential(*network.children()),
// or its features alone. Each has a stem as it is numbered, and the name in place of each number;
// "" is what stands before all.
var numberings = []struct {
	stem  string
	names map[string]string
}{
	{"0.weight", map[string]string{"0": "conv1", "1": "bn1", "4": "layer1", "5": "layer2", "6": "layer3", "7": "layer4"}},
	{"0.weight", map[string]string{"0": "conv_stem", "1": "bn1", "2": "blocks", "3": "conv_head", "4": "bn2"}},
	{"0.weight", map[string]string{"": "features"}},
	{"0.0.weight", map[string]string{"": "features"}},
	{"0.0.weight", map[string]string{"0": "features"}},
	{"0.0.0.weight", map[string]string{"0": "features"}},
}

// candidate is a place where a network may be: what stands before its names, and how they are
// numbered.
type candidate struct {
	prefix string
	names  map[string]string
}

// renamed is a name of the network under its family's name.
func (c candidate) renamed(name string) string {
	if to, ok := c.names[""]; ok {
		return to + "." + name
	}
	first, rest, ok := strings.Cut(name, ".")
	if to, has := c.names[first]; ok && has {
		return to + "." + rest
	}
	return name
}

// module is the checkpoint's name of a module of the network.
func (l *located) module(shown string) string {
	if real, ok := l.real[shown+".weight"]; ok {
		return strings.TrimSuffix(real, ".weight")
	}
	if to, ok := l.place.names[""]; ok {
		if rest, ok := strings.CutPrefix(shown, to+"."); ok {
			return l.prefix + rest
		}
	}
	first, rest, _ := strings.Cut(shown, ".")
	for number, name := range l.place.names {
		if name == first && number != "" {
			return l.prefix + strings.TrimSuffix(number+"."+rest, ".")
		}
	}
	return l.prefix + shown
}

// candidates are the places in a checkpoint that have the first weights of a family, which read
// three channels.
func candidates(src Source) []candidate {
	var all []candidate
	seen := map[string]bool{}
	add := func(name, stem string, names map[string]string, key string) {
		prefix, ok := strings.CutSuffix(name, stem)
		if ok && (prefix == "" || strings.HasSuffix(prefix, ".")) && !seen[key+prefix] {
			seen[key+prefix] = true
			all = append(all, candidate{prefix, names})
		}
	}
	for _, name := range src.Names() {
		if !strings.HasSuffix(name, ".weight") || extent(src, name, 1) != 3 || len(src.Dims(name)) != 4 {
			continue
		}
		for _, stem := range stems {
			add(name, stem, nil, "")
		}
		for i, n := range numberings {
			add(name, n.stem, n.names, fmt.Sprint(i, " "))
		}
		if len(all) > maxCandidates {
			return all[:maxCandidates]
		}
	}
	return all
}

// maxCandidates is more than the networks that any checkpoint holds.
const maxCandidates = 64

// locate shows a checkpoint as a candidate has it.
func locate(src Source, c candidate) *located {
	l := &located{Source: src, prefix: c.prefix, real: map[string]string{}, place: c}
	var beside []string
	for _, name := range src.Names() {
		if isCounter(name) {
			continue
		}
		inner, ok := strings.CutPrefix(name, c.prefix)
		if !ok || inner == "" {
			beside = append(beside, name)
			continue
		}
		shown := c.renamed(inner)
		if _, taken := l.real[shown]; taken {
			beside = append(beside, name)
			continue
		}
		l.real[shown] = name
		l.names = append(l.names, shown)
	}
	l.inside = len(l.names)
	for _, name := range beside {
		shown := name
		for l.real[shown] != "" {
			shown = "beside." + shown
		}
		l.real[shown] = name
		l.names = append(l.names, shown)
	}
	return l
}

// hide leaves out the tensors under a prefix of the checkpoint.
func (l *located) hide(hidden func(real string) bool) {
	kept := l.names[:0:0]
	inside := 0
	for i, name := range l.names {
		if hidden(l.real[name]) {
			delete(l.real, name)
			continue
		}
		kept = append(kept, name)
		if i < l.inside {
			inside++
		}
	}
	l.names, l.inside = kept, inside
}

// found is a network that was found in a checkpoint.
type found struct {
	*located
	family  *family
	variant variant
	config  any
	stem    string // its first weights, by the checkpoint's name
}

// find looks for networks in a checkpoint by trying: each place that has the first weights of a
// family, with whatever stands before them. prefix, if not "", is the one to take.
func find(src Source, prefix string) (*found, []string, error) {
	var best []*found // one for each first weight
	for _, c := range append([]candidate{{}}, candidates(src)...) {
		l := locate(src, c)
		inner := fromFlax(l.onlyInside())
		f, v, config := recognise(inner)
		if f == nil {
			continue
		}
		n := &found{l, f, v, config, ""}
		if flax, ok := inner.(flaxSource); ok {
			n.located = &located{Source: flax, real: map[string]string{}}
			for _, name := range flax.Names() {
				n.real[name] = name
				n.names = append(n.names, name)
			}
			n.inside = len(n.names)
		}
		for _, stem := range stems {
			if real, ok := n.real[stem]; ok && n.stem == "" {
				n.stem = real
			}
		}
		at := slices.IndexFunc(best, func(o *found) bool { return o.stem == n.stem })
		switch {
		case at < 0:
			best = append(best, n)
		case n.inside > best[at].inside && n.prefix != best[at].prefix && strings.HasPrefix(best[at].prefix, n.prefix):
			best[at] = n
		}
	}
	return choose(src, best, prefix)
}

// choose takes one of the networks in a checkpoint, and tells what it took.
func choose(src Source, all []*found, prefix string) (*found, []string, error) {
	if prefix != "" {
		prefix = strings.TrimSuffix(prefix, ".") + "."
		for _, n := range all {
			if n.prefix == prefix {
				n.hide(func(real string) bool { return underOther(real, n, all) })
				return n, nil, nil
			}
		}
		return nil, nil, fmt.Errorf("there is no network that is known here under %q", prefix)
	}
	switch len(all) {
	case 0:
		return nil, nil, unknown(src)
	case 1:
		return all[0], all[0].told(), nil
	}
	var prefixes []string
	taken := -1
	for i, n := range all {
		prefixes = append(prefixes, fmt.Sprintf("%q", n.prefix))
		if isAverage(n.prefix) && taken < 0 {
			taken = i
		}
	}
	if taken < 0 {
		return nil, nil, fmt.Errorf("it holds %d networks, under %s; say which of these weights to take", len(all), strings.Join(prefixes, ", "))
	}
	n := all[taken]
	n.hide(func(real string) bool { return underOther(real, n, all) })
	return n, []string{fmt.Sprintf("it holds %d networks, under %s: that under %q is taken, the average over the training; another can be named as the weights to take", len(all), strings.Join(prefixes, ", "), n.prefix)}, nil
}

// told says where a network was found.
func (n *found) told() []string {
	if n.prefix == "" {
		return nil
	}
	return []string{fmt.Sprintf("the network is under %q", n.prefix)}
}

// isAverage tells by its name whether a network is the average of another over its training.
func isAverage(prefix string) bool {
	for _, part := range strings.Split(prefix, ".") {
		if slices.Contains(strings.Split(part, "_"), "ema") || part == "averaged" || part == "swa" {
			return true
		}
	}
	return false
}

// underOther tells whether a tensor is part of another network than n.
func underOther(real string, n *found, all []*found) bool {
	for _, o := range all {
		if o == n {
			continue
		}
		prefix := o.prefix
		if strings.HasPrefix(n.prefix, prefix) { // o lies around n
			if !strings.HasPrefix(real, n.prefix) {
				return true
			}
			continue
		}
		// What the two have in common stands before both.
		for {
			outer := prefix[:strings.LastIndexByte(strings.TrimSuffix(prefix, "."), '.')+1]
			if outer == "" || strings.HasPrefix(n.prefix, outer) {
				break
			}
			prefix = outer
		}
		if strings.HasPrefix(real, prefix) {
			return true
		}
	}
	return false
}
