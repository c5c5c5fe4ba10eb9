package catalog

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"homeroom/core/bank"
	"homeroom/core/feature"
	"homeroom/core/model"
)

// Backbone is one of the networks that features come from.
type Backbone struct {
	Model  *model.Model
	Data   []byte    // of the pack
	Sum    bank.Hash // of it
	Former []string  // SHA-256 of packs that gave the same features
}

// Was says whether the pack of a SHA-256 gives the same features; a project may not say which it
// Was taught on.
func (b *Backbone) Was(sum bank.Hash) bool {
	return sum == bank.Hash{} || sum == b.Sum || slices.Contains(b.Former, hex.EncodeToString(sum[:]))
}

// OpenBackbones opens the networks that feature spaces come from. given, where not "", is a pack or
// a name to take for the network that it says it is; one that no space comes from is refused.
func OpenBackbones(spaces []feature.Space, given string) (map[string]*Backbone, error) {
	out := map[string]*Backbone{}
	if given != "" {
		b, err := OpenBackbone(given)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(spaces, func(s feature.Space) bool { return s.Network == b.Model.Name }) {
			return nil, fmt.Errorf("--model: %s is the network %s, and this was taught on %s; leave the flag out, or name a pack of that", given, b.Model.Name, networksOf(spaces))
		}
		out[b.Model.Name] = b
	}
	for _, s := range spaces {
		if out[s.Network] != nil {
			continue
		}
		// What a project names is no file of this machine, whatever it looks like.
		if strings.HasSuffix(s.Network, ".pack") || strings.ContainsAny(s.Network, `/\`) {
			return nil, fmt.Errorf("it was taught on the network %q, which is not of the catalogue; name its pack with --model", s.Network)
		}
		b, err := OpenBackbone(s.Network)
		if err != nil {
			return nil, err
		}
		out[s.Network] = b
	}
	return out, nil
}

// networksOf names the networks that spaces come from, each once.
func networksOf(spaces []feature.Space) string {
	var names []string
	for _, s := range spaces {
		if !slices.Contains(names, s.Network) {
			names = append(names, s.Network)
		}
	}
	return strings.Join(names, " and ")
}

// OpenBackbone is [OpenPack] for a network that features can be taken from.
func OpenBackbone(name string) (*Backbone, error) {
	b, err := OpenPack(name)
	if err != nil {
		return nil, err
	}
	if b.Model.Graph.Feature == "" {
		return nil, fmt.Errorf("%s has no feature vector to teach classes with; take another network", b.Model.Name)
	}
	return b, nil
}
