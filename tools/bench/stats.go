package main

import (
	"math"
	"slices"
)

// quantile returns the q-quantile of times (0 ≤ q ≤ 1), by linear interpolation between the sorted
// values; NaN without any.
func quantile(times []float64, q float64) float64 {
	if len(times) == 0 {
		return math.NaN()
	}
	s := slices.Sorted(slices.Values(times))
	at := q * float64(len(s)-1)
	i := int(at)
	if i+1 == len(s) {
		return s[i]
	}
	f := at - float64(i)
	return s[i]*(1-f) + s[i+1]*f
}

// median returns the median of times; NaN without any.
func median(times []float64) float64 { return quantile(times, 0.5) }

// spread returns half the distance between the quartiles as a part of the median: how far a typical
// run is from it.
func spread(times []float64) float64 {
	return (quantile(times, 0.75) - quantile(times, 0.25)) / 2 / median(times)
}
