// Package pack reads and writes packs, the compact weights files of Homeroom: a JSON manifest and a
// list of named tensors in float32, float16 or int8 with a scale a channel.
//
// # The file
//
// All numbers are little endian. A pack is three sections, one after the other:
//
//	preamble   32 bytes
//	   0   8   magic: 89 48 52 50 0D 0A 1A 0A ("\x89HRP\r\n\x1a\n")
//	   8   4   version, 1
//	  12   4   h, the length of the header in bytes
//	  16   8   the length of the whole file in bytes
//	  24   4   CRC-32C of the header
//	  28   4   CRC-32C of the 28 bytes before this field
//	header     h bytes of JSON, then zeros up to a multiple of 64 bytes from the file's start
//	data       the tensors' bytes, in the order of the table, each starting at a multiple of 64
//	           bytes; the gaps between them are zeros; nothing follows the last one
//
// The magic begins with a byte over 127 and holds both kinds of line end, so that a transfer that
// mangles text is noticed at once. The header is one object:
//
//	{
//	  "manifest": …,               any JSON value; its meaning belongs to the package that opens packs
//	  "tensors": [
//	    {
//	      "name": "stem.weight",   unique, not empty
//	      "dtype": "i8",           "f32", "f16" or "i8"
//	      "dims": [32, 3, 3, 3],   outermost first; [] is a scalar
//	      "offset": 0,             of the tensor's first byte, from the start of the data section
//	      "bytes": 1024,           length of its elements and scales together
//	      "crc": 305419896         CRC-32C of those bytes
//	    },
//	    …
//	  ]
//	}
//
// A tensor's elements lie in row-major order. An i8 tensor's elements are followed by zeros up to a
// multiple of 4 bytes and then by Dims[0] float32 scales; element q of slice i along axis 0 stands
// for q × scale[i].
//
// Every byte is covered: the preamble and the header by their checksums, each tensor by its own,
// and the gaps by having to be zero. Each offset has exactly one right value, the end of the tensor
// before it rounded up to 64, so tensors can't overlap and nothing can hide between them. Writing
// the same manifest and tensors always gives the same bytes.
//
// # Hostile files
//
// [Read] takes the file as a byte slice and trusts none of it: each length, product and offset is
// checked against overflow and against the bytes that are there before it is used, and what Read
// allocates is bounded by a small multiple of the header's length, itself at most [MaxHeader].
package pack
