// Package postlink rewrites the kernels of a WebAssembly program that the Go linker made, so that
// browsers run them as fast as they can, and makes the second module that lets several threads run
// them.
//
// Rewriting touches the functions of the kernel packages only, and keeps their results to the last
// bit, unless Options.Relaxed asks for fused multiply-adds. Minima and maxima of floats are the
// exception: where zeros of both signs meet, or a number and no number, the answer is the operand
// that a comparison leaves in place. In this order it
//
//   - gives the control flow its shape back, which Go flattens into one loop around a jump
//     table (restructure.go);
//   - turns minima and maxima of floats into comparisons that select (peephole.go);
//   - turns a load and a splat into a load that splats, and constants added to an address
//     into the offset of the load or store (peephole.go);
//   - turns spilled variables, which Go keeps on its stack in memory, into local variables
//     (stackslots.go);
//   - brings loads to the splats that need them (sink.go);
//   - brings each sum to the product it adds, so that fewer values live at once (hoist.go);
//   - fuses the two, if asked to (fuse.go).
//
// Anything that doesn't have the exact shape that Go gives it is left as it is.
package postlink
