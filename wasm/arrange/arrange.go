// Package arrange is what the page's view of a folder leaves to a worker: plans and sidecars. The
// program of package share runs it.
package arrange

import (
	"homeroom/core/archive/sorting"
	"homeroom/core/archive/xmp"
	"homeroom/wasm/protocol"
	"homeroom/wasm/text"
)

// Plan gives photos places in a folder by the rules that the program sorts by: nothing gets a place
// that is taken.
func Plan(task protocol.Arrangement) ([]protocol.Place, error) {
	template, err := sorting.Parse(task.Template)
	if err != nil {
		return nil, err
	}
	there := make(map[string]bool, len(task.There))
	for _, p := range task.There {
		there[sorting.Key(p)] = true
	}
	planner := &sorting.Planner{Template: template, Taken: func(to, from string) bool { return to != from && there[sorting.Key(to)] }}
	out := make([]protocol.Place, len(task.Photos))
	for i, p := range task.Photos {
		step, err := planner.Place(sorting.Photo{Path: p.Path, Label: p.Label}, p.Beside)
		if err != nil {
			out[i] = protocol.Place{From: p.Path, Error: text.Of(err)}
			continue
		}
		out[i] = place(step)
	}
	return out, nil
}

func place(s sorting.Step) protocol.Place {
	out := protocol.Place{From: s.From, To: s.To}
	for _, b := range s.Beside {
		out.Beside = append(out.Beside, place(b))
	}
	return out
}

// Merge writes names into sidecars.
func Merge(list []protocol.Sidecar) []protocol.Sidecar {
	out := make([]protocol.Sidecar, len(list))
	for i, s := range list {
		var names []xmp.Name
		if s.Label != "" {
			names = []xmp.Name{{Label: s.Label, Confidence: s.Score, Network: s.Network}}
		}
		data, err := xmp.Merge(s.Data, names)
		switch {
		case err != nil:
			out[i].Error = text.Of(err)
		case string(data) == string(s.Data):
			out[i].Same = true
		default:
			out[i].Data = data
		}
	}
	return out
}
