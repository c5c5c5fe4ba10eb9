package photofile

import (
	"errors"
	"io"
	"slices"
)

// Finding are the flags of commands that take photos from wherever they lie.
type Finding struct {
	Recursive bool `negatable:"" default:"true" help:"Take photos in folders below folders, too."`
	Archives  bool `help:"Take photos in zip and tar archives that lie in folders, too; one that is named itself is always read."`
	NUL       bool `name:"null" short:"0" help:"Paths on standard input end with a zero byte, as find -print0 writes them."`
}

// Check says what is wrong with the flags, for paths that were given.
func (f *Finding) Check(paths []string) error {
	if f.NUL && !slices.Contains(paths, "-") {
		return errors.New("--null: that is for paths on standard input, which - stands for")
	}
	return nil
}

// Sources says how to find photos by the flags; in is standard input.
func (f *Finding) Sources(in io.Reader) *Sources {
	return &Sources{Flat: !f.Recursive, Input: in, NUL: f.NUL, Archives: true, Within: f.Archives}
}
