// Package onnx parses ONNX models into plain data: nodes with their attributes, initialisers,
// inputs and outputs with their shapes. It gives no meaning to operators; whoever builds a network
// from the model does.
//
// The format is Protocol Buffers (onnx.proto of the ONNX specification, IR versions 3 to 13), read
// here field by field; unknown fields are passed over, as that encoding intends.
//
// # Safety
//
// A model is data alone and nothing in it is run. Initialisers that lie in other files are refused,
// for their paths may lead anywhere. The number of objects and the depth of graphs within graphs
// are bounded, and a tensor has exactly the bytes that its dims and type take, so what parsing
// allocates is bounded by the file's size. Initialisers alias the file's bytes where it has them as
// such.
package onnx
