//go:build js && wasm

// Command program runs the kernels of package kernel and prints what they answer. The
// tests of postlink run it before and after rewriting; what it prints must not change.
package main

import (
	"fmt"
	"math"
	"runtime"
	"syscall/js"
	"time"
	"unsafe"

	"homeroom/tools/wasmlink/postlink/testdata/program/kernel"
	_ "homeroom/tools/wasmlink/postlink/testdata/program/unused"
)

// helperRun has the host run kernel.RunRange in the helper's module. It answers 0 where
// there is none.
//
//go:wasmimport thr run
func helperRun(sp, g, job unsafe.Pointer, from, to int32) int32

var (
	stack     = make([]byte, 4096)
	goroutine = make([]byte, 64)
)

func fill(n int, seed uint32) []float32 {
	x := make([]float32, n)
	for i := range x {
		seed = seed*1664525 + 1013904223
		x[i] = float32(int32(seed)>>8) / (1 << 23)
	}
	return x
}

func hash(x []float32) uint32 {
	h := uint32(2166136261)
	for _, v := range x {
		h = (h ^ math.Float32bits(v)) * 16777619
	}
	return h
}

func recovered(f func()) (text string) {
	defer func() { text = fmt.Sprint(recover()) }()
	f()
	return "nothing"
}

func main() {
	const rows, k, cols = 24, 37, 16
	a, b := fill(rows*k, 1), fill(k*cols, 2)
	c := make([]float32, rows*cols)
	kernel.Product(&c[0], &a[0], &b[0], rows, k, cols)
	fmt.Printf("product %08x\n", hash(c))

	d := make([]float32, rows*cols)
	job := &kernel.Job{C: &d[0], A: &a[0], B: &b[0], K: k, Cols: cols}
	end := (uintptr(unsafe.Pointer(&stack[0])) + uintptr(len(stack))) &^ 15
	if helperRun(unsafe.Pointer(end), unsafe.Pointer(&goroutine[0]), unsafe.Pointer(job), 0, rows/2) == 0 {
		kernel.RunRange(job, 0, rows/2)
	}
	kernel.RunRange(job, rows/2, rows)
	fmt.Printf("ranges %08x\n", hash(d))

	sum := fill(64, 3)
	kernel.Spill(&sum[0], &a[0], 9)
	fmt.Printf("spill %08x\n", hash(sum))
	dots := make([]int32, 4)
	kernel.Dots(&dots[0], &sum[0], 5)
	fmt.Println("dots", dots)

	for n := range 7 {
		fmt.Print(kernel.Classify(n), " ", kernel.Collatz(n*7+3), " ", kernel.Primes(n*20), " ", kernel.Goto(n), "; ")
	}
	fmt.Println()
	for _, want := range []int{3, 6, 9, 200} {
		i, j := kernel.Search([][]int{{1, 2, 3}, {4, -1, 6}, {7, 8, 9}, {101, 200}}, want)
		fmt.Print("search ", i, j, "; ")
	}
	fmt.Println()

	fmt.Println("bounds:", recovered(func() { kernel.At(sum, 64) }))
	fmt.Println("nil:", recovered(func() { kernel.SumList(nil) }))
	fmt.Println("divide:", recovered(func() { kernel.Divide(1, 0) }), kernel.Divide(-9, 2))
	fmt.Println("panic:", recovered(func() { kernel.MustBeEven(3) }), recovered(func() { kernel.MustBeEven(4) }))
	fmt.Println("deferred", kernel.Deferred(5), kernel.Deferred(-1))

	// Unwinding: the callbacks below stop the goroutine in the middle of a kernel's loop.
	in, out := make(chan int), make(chan int)
	go func() {
		for v := range in {
			out <- v * v
		}
		close(out)
	}()
	fmt.Println("callback", kernel.Callback(10, func(i int) int { in <- i; return <-out }))
	close(in)
	fmt.Println("deep", kernel.Deep(1500, [32]int{1, 2, 3}))
	grown := make(chan float64)
	go func() { grown <- kernel.Polynomial([]float64{1, 2, 3, 4}, 0.5) + float64(kernel.Deep(800, [32]int{})) }()
	fmt.Println("goroutine", <-grown)

	// What the host calls while the program works, and what a clock does.
	heard, woke := make(chan int, 3), make(chan int)
	js.Global().Set("heard", js.FuncOf(func(_ js.Value, args []js.Value) any {
		heard <- args[0].Int()
		return nil
	}))
	for i := range 3 {
		time.AfterFunc(time.Duration(2+10*i)*time.Millisecond, func() { woke <- i })
	}
	fmt.Println("late", late(7), func() int { defer func() { heard <- 10 }(); return late(8) }())
	fmt.Println("heard", <-heard, <-heard, <-heard, <-heard)
	fmt.Println("woke", <-woke, <-woke, <-woke)
	fmt.Println("called", js.Global().Get("Array").Call("of", 1, 2, 3).Call("map", js.FuncOf(func(_ js.Value, args []js.Value) any {
		return inner(args[0].Int())
	})).Call("join").String())
}

// late is called while the host has things to say. It allocates, so that the collector looks at
// its frame.
//
//go:noinline
func late(n int) int {
	kept := make([][]byte, 0, 64)
	for i := range 64 {
		kept = append(kept, make([]byte, i*n))
		if i%16 == 0 {
			runtime.GC()
		}
	}
	return len(kept[63])
}

// inner is called by the host which the program has called.
//
//go:noinline
func inner(n int) int { return n * n }
