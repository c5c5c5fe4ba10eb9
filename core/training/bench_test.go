package training

import (
	"context"
	"fmt"
	"runtime"
	"testing"

	"homeroom/core/bank/banktest"
)

// BenchmarkFit learns a linear head with the choice of its penalty. MB is all memory that the
// process has taken from the system, features included.
func BenchmarkFit(b *testing.B) {
	for _, c := range []struct{ photos, classes int }{{600, 10}, {10_000, 100}} {
		b.Run(fmt.Sprintf("photos=%d/classes=%d", c.photos, c.classes), func(b *testing.B) {
			bank := banktest.Blobs(1, c.classes, c.photos/c.classes, 1280, 0.2)
			told := 0
			for b.Loop() {
				if _, err := Fit(context.Background(), bank, Config{Kind: Linear, Progress: func(Progress) { told++ }}); err != nil {
					b.Fatal(err)
				}
			}
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			b.ReportMetric(float64(m.Sys)/1e6, "MB")
			b.ReportMetric(float64(told)/float64(b.N), "told/op")
		})
	}
}
