package kernel

// HardSigmoid is min(max(x+3, 0), 6)/6 (Howard et al. 2019, arXiv 1905.02244, section 5.2).
func hardSigmoid[T float](x T) T {
	x += 3
	if x < 0 {
		x = 0
	}
	if x > 6 {
		x = 6
	}
	return x * (1.0 / 6)
}

func hardSigmoidVector(x float32) float32 { return min(max(x+3, 0), 6) * (1.0 / 6) }

// HardSwish is x·min(max(x+3, 0), 6)/6 (section 5.2 there).
func hardSwish[T float](x T) T { return x * hardSigmoid(x) }

func hardSwishVector(x float32) float32 { return x * hardSigmoidVector(x) }
