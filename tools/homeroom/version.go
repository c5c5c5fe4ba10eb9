package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"

	"homeroom/core/kernel"
	"homeroom/tools/homeroom/console"
	"homeroom/tools/homeroom/joined"
)

type version struct{}

// Run prints what a report of a fault needs to say.
func (v *version) Run(con *console.Console) error {
	module, revision := "(devel)", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		if info.Main.Version != "" {
			module = info.Main.Version
		}
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				revision = " " + s.Value
			}
		}
	}
	inside := ""
	if self, err := os.Executable(); err == nil {
		files, err := joined.Self(self)
		switch {
		case err == nil:
			defer files.Close()
			inside = ", with the page and its networks"
		case errors.Is(err, joined.ErrCut):
			inside = ", cut short: without the page and its networks"
		}
	}
	_, err := fmt.Fprintf(con.Out, "homeroom %s%s, %s %s/%s, %v kernels%s\n", module, revision, runtime.Version(), runtime.GOOS, runtime.GOARCH, kernel.Best(), inside)
	return err
}
