//go:build !js

package app

import (
	"os"
	"strconv"
	"time"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/markup"
)

func input(files []outside.File) markup.Input { return markup.Input{Files: files} }

// runs is how often a test that goes by lot begins anew: a few times, which take a moment, or as
// often as HOMEROOM_RUNS says; make lots has it do so hundreds of times.
func runs(few int) int {
	if n, err := strconv.Atoi(os.Getenv("HOMEROOM_RUNS")); err == nil {
		return n
	}
	return few
}

func randomTime(w *world) time.Duration {
	return []time.Duration{time.Millisecond, 200 * time.Millisecond, time.Second, 5 * time.Second, 4 * time.Minute}[w.r.IntN(5)]
}
