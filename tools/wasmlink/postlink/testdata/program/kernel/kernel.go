// Package kernel holds functions of every shape of control flow for the tests of postlink.
package kernel

// Job is a range of rows of a matrix product, C[rows][cols] = A[rows][k]·B[k][cols].
type Job struct {
	C, A, B *float32
	K, Cols int
}

// RunRange computes rows from (included) to to (excluded) of the job.
//
//go:noinline
func RunRange(job *Job, from, to int) {
	for r := from; r < to; r++ {
		row(job, r)
	}
}

// Classify has a switch with results from several arms.
//
//go:noinline
func Classify(n int) string {
	switch {
	case n == 0:
		return "zero"
	case n%2 == 0:
		if n > 4 {
			return "big even"
		}
	case n == 3, n == 5:
		return "odd prime"
	default:
		n *= 10
	}
	if n > 9 {
		return "ten or more"
	}
	return "small even"
}

// Collatz has a loop with two arms.
//
//go:noinline
func Collatz(n int) (steps int) {
	for n != 1 {
		if n%2 == 0 {
			n /= 2
		} else {
			n = 3*n + 1
		}
		steps++
	}
	return steps
}

// Primes leaves an inner loop for the next turn of the outer one.
//
//go:noinline
func Primes(below int) (count int) {
candidates:
	for n := 2; n < below; n++ {
		for d := 2; d*d <= n; d++ {
			if n%d == 0 {
				continue candidates
			}
		}
		count++
	}
	return count
}

// Goto has a loop with two entries, which isn't reducible.
//
//go:noinline
func Goto(n int) (sum int) {
	if n%2 == 0 {
		goto middle
	}
top:
	sum += n
	n--
middle:
	sum += 100
	if n > 0 {
		n--
		goto top
	}
	return sum
}

// Search leaves two loops at once.
//
//go:noinline
func Search(table [][]int, want int) (row, col int) {
outer:
	for i, r := range table {
		for j, v := range r {
			switch {
			case v == want:
				return i, j
			case v < 0:
				continue outer
			case v > 100:
				break outer
			}
		}
	}
	return -1, -1
}

// At panics out of bounds.
//
//go:noinline
func At(x []float32, i int) float32 {
	s := float32(0)
	for j := 0; j <= i; j++ {
		s += x[j]
	}
	return s
}

// List is a chain.
type List struct {
	Value int
	Next  *List
}

// SumList checks for nil in a loop, and panics where the chain begins with nil.
//
//go:noinline
func SumList(l *List) (sum int) {
	for {
		sum += l.Value
		if l = l.Next; l == nil {
			return sum
		}
	}
}

// Divide panics for zero.
//
//go:noinline
func Divide(a, b int) int { return a / b }

// MustBeEven panics in a loop.
//
//go:noinline
func MustBeEven(n int) {
	for i := 0; i < 3; i++ {
		if (n+2*i)%2 != 0 {
			panic("odd")
		}
	}
}

// Deferred changes its result in a deferred call, also when it panics.
//
//go:noinline
func Deferred(n int) (result int) {
	defer func() {
		if recover() != nil {
			result = -100
		}
		result++
	}()
	for i := 0; i < n; i++ {
		result += i
	}
	if n < 0 {
		panic("negative")
	}
	return result * 2
}

// Callback calls a function in a loop, between two more loops.
//
//go:noinline
func Callback(n int, f func(int) int) (sum int) {
	for i := range n {
		for j := i; j > 0; j-- {
			sum += j
		}
		sum += f(i)
		for j := range i {
			sum ^= j
		}
	}
	return sum
}

// Deep recurses with a large frame, so that the stack grows.
//
//go:noinline
func Deep(n int, pad [32]int) int {
	if n == 0 {
		return pad[0] + pad[31]
	}
	pad[31]++
	return Deep(n-1, pad)
}

// Polynomial is Horner's rule.
//
//go:noinline
func Polynomial(c []float64, x float64) (y float64) {
	for i := len(c) - 1; i >= 0; i-- {
		y = y*x + c[i]
	}
	return y
}
