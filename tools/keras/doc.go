// Package keras reads image classifiers that are kept as a list of Keras layers with their weights:
// layers models of TensorFlow.js (model.json with its weights, as Teachable Machine writes them),
// and Keras' own .h5 and .keras. It makes ONNX models of them, which package onnxgraph knows how to
// turn into a network.
//
// Layers are read from their configuration alone; nothing in a file is executed, so that Lambda
// layers and layers of a program's own are refused by name.
//
//	layers models of TensorFlow.js    tfjs.go
//	.h5 and .keras                    keras.go
//	layers                            layers.go, model.go
package keras
