package project

import (
	"slices"

	"homeroom/core/bank"
	"homeroom/core/head"
)

// ClassifierOnly returns what names photos and nothing else: the classes and the head that answers,
// with the one that stands in for it, without photos, thumbnails, other versions or anything that
// was measured, and without features but those that nearest photos are looked for among. It is nil
// where nothing was taught. Beside it only the packs of the networks in Networks are needed.
func (f *File) ClassifierOnly() *File {
	h := f.Head()
	if h == nil {
		return nil
	}
	return f.ClassifierOf(h, f.Version(f.Current).Quick)
}

// ClassifierOf is [File.ClassifierOnly] with a head of the version in use, and one that stands in
// for it, or nil.
func (f *File) ClassifierOf(h, quick *head.Head) *File {
	was := f.Version(f.Current)
	out := &File{Name: f.Name, Created: f.Created, Saved: f.Saved, Current: 1, NamesAll: f.NamesAll, Thumbs: map[uint64][]byte{}}
	out.Bank = &bank.Bank{Classes: slices.Clone(h.Classes)}
	for _, one := range []*head.Head{h, quick} {
		if one == nil {
			continue
		}
		for _, s := range one.Spaces {
			if !slices.ContainsFunc(out.Networks, func(n Network) bool { return n.Name == s.Name.Network }) {
				k := slices.IndexFunc(f.Networks, func(n Network) bool { return n.Name == s.Name.Network })
				n := Network{Name: s.Name.Network}
				if k >= 0 {
					n = f.Networks[k]
				}
				out.Networks = append(out.Networks, n)
			}
		}
	}
	out.Versions = []Taught{{ID: 1, Date: was.Date, Best: h, Last: h, Quick: quick}}
	return out
}
