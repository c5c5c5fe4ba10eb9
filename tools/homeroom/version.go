package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"homeroom/core/kernel"
)

type version struct{}

// Run prints what a report of a fault needs to say.
func (v *version) Run(con *console) error {
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
	_, err := fmt.Fprintf(con.out, "homeroom %s%s, %s %s/%s, %v kernels\n", module, revision, runtime.Version(), runtime.GOOS, runtime.GOARCH, kernel.Best())
	return err
}
