// Package wasmbin reads and writes WebAssembly modules of the kind the Go linker makes: sections,
// and function bodies instruction by instruction.
//
// It knows the instructions of the first WebAssembly release, sign extension, saturating
// truncation, memory.copy and memory.fill, fixed-width SIMD and relaxed SIMD. Whatever else a
// module holds is refused with an error that gives its offset in the file and, for an instruction,
// its code; nothing is passed through unread.
//
// What Decode reads, Module.Encode writes back byte for byte: numbers that the linker pads (section
// sizes, call targets written as signed) keep their width.
//
// Encodings follow the WebAssembly core specification, chapter 5 "Binary format", release 3.0.
package wasmbin
