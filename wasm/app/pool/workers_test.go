package pool

import (
	"testing"

	"homeroom/wasm/app/outside"
)

func TestWorkers(t *testing.T) {
	for _, c := range []struct {
		wanted, cores int
		memory        float64
		want          int
	}{
		{0, 1, 0, 1}, {0, 2, 8, 2}, {0, 4, 8, 3}, {0, 16, 8, 4}, {0, 8, 4, 2}, {0, 8, 2, 1}, {0, 8, 0, 4},
		{1, 16, 8, 1}, {3, 2, 8, 3}, {99, 2, 8, 4}, {0, 0, 0, 1},
	} {
		if got := Workers(c.wanted, outside.Device{Cores: c.cores, Memory: c.memory}); got != c.want {
			t.Errorf("Workers(%d, %d, %v) = %d, want %d", c.wanted, c.cores, c.memory, got, c.want)
		}
	}
}
