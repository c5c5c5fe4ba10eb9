// Package onnxgraph makes a graph of Homeroom's out of an ONNX model (opset 9 to 25), for the
// operators that convolutional networks and vision transformers use.
//
// # How
//
// The model is followed from the wanted output back to the photo, at one input size. What depends
// on constants and shapes alone is computed on the way (package constant), so that shape
// arithmetic, constants and resized position embeddings are gone.
//
// ONNX keeps activations as [N][C][H][W], Homeroom as [H][W][C]. No transposition is ever emitted:
// a value of the model is a [view] of a layer's output, which says for each axis of the model's
// tensor by which strides it walks through the layer's, so that Transpose, Reshape, Squeeze, Slice,
// Split and Gather cost nothing and what reads the value sees which of its axes are channels, rows
// and columns. Weights are reordered once, here. Where a layer must have a part of another, or in
// another order, that becomes a layer: a range of channels, shuffled channels, picked tokens, or at
// last a copy of elements by their places, which binds the network to one input size (arrange.go).
//
// Compositions that exporters write for one layer become that layer again: layer normalisation
// (mean, variance, division), GELU with erf, SiLU, hard-swish and hard-sigmoid, multi-head
// attention with packed or separate projections, class token, registers and distillation token with
// position embeddings, GELU by tanh. Batch norms are folded.
package onnxgraph
