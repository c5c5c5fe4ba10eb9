//go:build !js

package app

import (
	"os"
	"strconv"
	"testing"
	"time"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/markup"
)

func input(files []outside.File) markup.Input { return markup.Input{Files: files} }

// runs is how often the property test begins anew.
func runs(t *testing.T) int {
	if n, err := strconv.Atoi(os.Getenv("HOMEROOM_RUNS")); err == nil {
		return n
	}
	if testing.Short() {
		return 20
	}
	return 60
}

func randomTime(w *world) time.Duration {
	return []time.Duration{time.Millisecond, 200 * time.Millisecond, time.Second, 5 * time.Second, 4 * time.Minute}[w.r.IntN(5)]
}
