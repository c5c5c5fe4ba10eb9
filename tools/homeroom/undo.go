package main

import (
	"fmt"

	"homeroom/tools/archive/place"
	"homeroom/tools/homeroom/console"
)

// undo is the command that takes sorting back.
type undo struct {
	File string `arg:"" type:"existingfile" help:"What classify --sort-into wrote."`
}

// Run takes back what the file tells of.
func (u *undo) Run(con *console.Console) error {
	con.Finishes.Store(true)
	done, err := place.Undo(con.Context, place.OS{}, u.File, func(from, to string, err error) {
		if err != nil {
			fmt.Fprintf(con.Err, "homeroom: %s: it is left at %s: %s\n", console.OnOneLine(from), console.OnOneLine(to), console.Plain(to, err))
		}
	})
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(con.Out, "%s taken back, %d left as they are\n", console.Counted(done.Back, "file"), done.Left); err != nil {
		return err
	}
	if done.Left > 0 {
		return console.ErrSome
	}
	return nil
}
