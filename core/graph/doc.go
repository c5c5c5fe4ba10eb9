// Package graph holds a network as data and runs it.
//
// A [Graph] is a list of layers with named parameters. [Graph.Shapes] checks it at an input size,
// [Graph.Fold] merges each batch norm into the convolution before it, and [Packed.Compile] turns it
// into a [Program]: a list of kernel jobs over one arena whose every buffer was placed beforehand,
// so that running it allocates nothing.
package graph
