// Package export writes what was taught, or a pack alone, as files that other programs read.
//
// A [Classifier] is the one description of what is exported: the pictures that it takes, the
// backbones over them, and the head that joins their features. [walk] goes through it and calls a
// [sink], of which each format has one; a format that cannot say something refuses it by name. The
// graph, not the format, is the source of truth.
//
//	ONNX               onnx.go, onnx_layers.go
//	TensorFlow Lite    tflite.go, tflite_layers.go, tflite_metadata.go, flat.go
//	Teachable Machine  teachable.go, teachable_layers.go
//	safetensors        torch.go
//	CSV of features    csv.go
//	web pages          standalone.go, standalone_part.go, standalone_read.go
package export
