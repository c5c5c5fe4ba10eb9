package page

// mostWorkers bounds the pool: each worker holds its own copy of the weights and one decoded photo.
const mostWorkers = 4

// crew says how many workers to run on a device with this many cores and this much memory in GB (0 where the browser
// does not tell). A core is left to the page where there are more than two; wanted, where not 0, has the last word.
func crew(wanted, cores int, memory float64) int {
	n := cores
	if wanted > 0 {
		n = wanted
	} else {
		if cores > 2 {
			n--
		}
		if memory > 0 && memory <= 2 {
			n = min(n, 1)
		} else if memory > 0 && memory <= 4 {
			n = min(n, 2)
		}
	}
	return max(1, min(n, mostWorkers))
}
