package main

import (
	"fmt"
	"io"

	"homeroom/tools/homeroom/console"
)

type licences struct {
	Dist string `placeholder:"DIR" type:"existingdir" help:"Folder with the finished page. Default: as for serve."`
}

// licenceFiles are the files of the finished page that tell the licences: of the program, and of
// the networks.
var licenceFiles = []string{"licences.txt", "weights/LICENCES.md"}

// Run prints what whoever hands the program on has to hand on with it.
func (l *licences) Run(con *console.Console) error {
	page, err := (&serve{Dist: l.Dist}).files()
	if err != nil {
		return err
	}
	for _, name := range licenceFiles {
		f, err := page.Files.Open(name)
		if err != nil {
			return fmt.Errorf("the licences were not found: %w", err)
		}
		_, err = io.Copy(con.Out, f)
		f.Close()
		if err != nil {
			return err
		}
	}
	return nil
}
