package evaluation

import "math"

// Normal95 is the 97.5% quantile of the normal distribution.
const Normal95 = 1.959963984540054

// Wilson returns the 95% confidence interval of a share of which k of n were seen: 0 to 1 where n
// is 0.
func Wilson(k, n int) (low, high float64) {
	if n == 0 {
		return 0, 1
	}
	return WilsonOf(float64(k)/float64(n), float64(n), Normal95)
}

// WilsonOf is the interval of a share p of n photos, which may be a broken number, z deviations to
// either side.
func WilsonOf(p, n, z float64) (low, high float64) {
	middle := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return max(0, middle-half), min(1, middle+half)
}

// tally is how many photos of a group there were, and how many were answered rightly.
type tally struct{ right, photos int }

// Crossed is by how much the variance of an accuracy from cross-validation is taken to exceed that
// of as many photos that one head answered: heads that learnt from nearly the same photos err
// together, and the head that answers in the end is another (Bates, Hastie and Tibshirani 2024,
// arXiv 2104.00673). It was measured, see FIGURES.md: chosen for each set of pictures by the others
// alone it comes to much the same, and so do the intervals.
const Crossed = 1.6

// clustered returns the 95% interval of the share of photos that are answered rightly, of which
// groups of photos that belong together were seen: Wilson's, of the number of photos without
// company that would tell as much (Kish 1965, section 8.2), with Student's t for as many groups as
// there are. inflate is how much larger the variance is for other reasons.
//
// How alike the answers within a group are is their intraclass correlation, by moments (Donner and
// Klar 2000, section 6), drawn to 1 by a prior that weighs as much as a few groups: where no photo
// is wrong nothing tells it.
func clustered(groups []tally, inflate float64) (low, high float64) {
	const prior = 4 // groups
	n, right, square, pairs := 0.0, 0.0, 0.0, 0.0
	for _, g := range groups {
		k := float64(g.photos)
		n += k
		right += float64(g.right)
		square += k * k
		pairs += k * (k - 1)
	}
	if n == 0 {
		return 0, 1
	}
	p := right / n
	size := square / n // of the group that a photo is in, in the mean
	together := 0.0    // Σ of products of errors of pairs in one group
	for _, g := range groups {
		sum := float64(g.right) - p*float64(g.photos)
		together += sum*sum - float64(g.right)*(1-p)*(1-p) - float64(g.photos-g.right)*p*p
	}
	q := (right + 1) / (n + 2)
	belief := prior * size * max(size-1, 0) * q * (1 - q)
	correlation := 1.0
	if pairs > 0 {
		correlation = min(1, max(0, (belief+together)/(belief+pairs*p*(1-p))))
	}
	alone := n / (1 + correlation*(size-1)) / inflate
	return WilsonOf(p, alone, studentT(n/size-1))
}

// studentT returns the 97.5% quantile of Student's t with so many degrees of freedom, which may be
// broken: from 3 on by the series of Abramowitz and Stegun 1964, 26.7.5, right to 0.2%; below, on
// straight lines in the logarithm between the values.
func studentT(degrees float64) float64 {
	switch {
	case degrees <= 1:
		return 12.7062
	case degrees < 3:
		at := [...]float64{math.Log(12.7062), math.Log(4.3027), math.Log(3.1824)}
		i := int(degrees) - 1
		return math.Exp(at[i] + (degrees-math.Floor(degrees))*(at[i+1]-at[i]))
	}
	const (
		z  = Normal95
		z2 = z * z
		g1 = z * (z2 + 1) / 4
		g2 = z * ((5*z2+16)*z2 + 3) / 96
		g3 = z * (((3*z2+19)*z2+17)*z2 - 15) / 384
		g4 = z * ((((79*z2+776)*z2+1482)*z2-1920)*z2 - 945) / 92160
	)
	return z + (g1+(g2+(g3+g4/degrees)/degrees)/degrees)/degrees
}
