// Package pack reads and writes packs, the compact weights files of Homeroom: a JSON manifest and a
// list of named tensors in float32, float16 or int8 with a scale a channel, entropy coded where
// that makes them smaller. FORMAT.md tells the format, byte by byte.
//
// Writing the same manifest and tensors always gives the same bytes.
//
// # Hostile files
//
// [Read] takes the file as a byte slice and trusts none of it: each length, product and offset is
// checked against overflow and against the bytes that are there before it is used. What Read
// allocates is bounded by a small multiple of the header's length, itself at most [MaxHeader], and
// by [MaxExpansion] times the length of the coded tensors; its time by the sum of both.
package pack
