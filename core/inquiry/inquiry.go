// Package inquiry chooses which of many photos without a label a person is asked about, so that few
// answers teach much.
package inquiry

import (
	"cmp"
	"slices"

	"homeroom/core/head"
	"homeroom/core/matrix"
)

// beam is among how many times the photos that are wanted, those that a head is least sure of,
// varied ones are looked for.
const beam = 8

// Choose returns up to n indices of photos to ask about, in the order in which to ask: those that a
// head is unsure of, and that differ from each other. answers has what the head says of each photo,
// or is nil where there is none yet, and then they only differ. vectors has the features of each in
// one space, all of one length.
//
// How unsure a head is, is 1 less the margin between its two best probabilities (Scheffer, Decomain
// and Wrobel 2001, Active Hidden Markov Models for Information Extraction). Among the least sure
// (Zhdanov 2019, arXiv 1901.05954, filters so too) the next is always the one with the largest
// product of how unsure the head is and its squared distance to the nearest that was chosen: the
// farthest point of Gonzalez 1985, which Sener and Savarese 2018 (arXiv 1708.00489, algorithm 1)
// ask by. Distances are of features of length 1.
func Choose(answers []head.Answer, vectors [][]float32, n int) []int {
	unsure := make([]float64, len(vectors))
	all := make([]int, len(vectors))
	for i := range all {
		all[i], unsure[i] = i, 1
		if answers != nil {
			unsure[i] = 1 - margin(answers[i].Probabilities)
		}
	}
	if answers != nil {
		slices.SortStableFunc(all, func(a, b int) int { return cmp.Compare(unsure[b], unsure[a]) })
		all = all[:min(beam*n, len(all))]
	}
	rows := make([][]float32, len(all))
	for k, i := range all {
		rows[k] = slices.Clone(vectors[i])
		matrix.Normalise(rows[k])
	}
	far := make([]float64, len(all)) // squared distance of each to the nearest that was chosen
	for k := range far {
		far[k] = 1
	}
	var chosen []int
	taken := make([]bool, len(all))
	for len(chosen) < min(n, len(all)) {
		best, most := -1, 0.0
		for k, i := range all {
			if v := unsure[i] * far[k]; !taken[k] && (best < 0 || v > most) {
				best, most = k, v
			}
		}
		taken[best] = true
		chosen = append(chosen, all[best])
		for k := range all {
			d := max(0, 2-2*matrix.Dot(rows[best], rows[k]))
			if far[k] = min(far[k], d); len(chosen) == 1 {
				far[k] = d
			}
		}
	}
	return chosen
}

// margin is how far the best probability is above the next.
func margin(p []float64) float64 {
	best, next := 0.0, 0.0
	for _, v := range p {
		if v > best {
			best, next = v, best
		} else {
			next = max(next, v)
		}
	}
	return best - next
}
