//go:build js && wasm

package main

import (
	"fmt"
	"os"

	"homeroom/wasm/browser"
	"homeroom/wasm/engine"
)

func main() {
	role := ""
	if len(os.Args) > 1 {
		role = os.Args[1]
	}
	switch role {
	case "page":
		browser.Run()
	case "worker":
		engine.Run()
	default:
		fmt.Fprintf(os.Stderr, "homeroom: no role %q; the boot script names page or worker\n", role)
		os.Exit(2)
	}
}
