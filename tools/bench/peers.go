package main

// A tarball is one package of npm, as it was when it was pinned.
type tarball struct {
	name      string
	version   string
	integrity string // as npm gives it: the hash's name, "-", base64
	folder    string // where the page finds it, under /peers/
}

// tarballs are the packages that peers are made of.
var tarballs = []tarball{
	{"onnxruntime-web", "1.30.0",
		"sha512-q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ==", "onnxruntime-web"},
	{"@tensorflow/tfjs", "4.22.0",
		"sha512-0TrIrXs6/b7FLhLVNmfh8Sah6JgjBPH4mZ8JGb7NU6WW+cx00qK5BcAZxw7NCzxj6N8MRAIfHq+oNbPUNG5VAg==", "tfjs"},
	{"@tensorflow/tfjs-backend-wasm", "4.22.0",
		"sha512-/IYhReRIp4jg/wYW0OwbbJZG8ON87mbz0PgkiP3CdcACRSvUN0h8rvC0O3YcDtkTQtFWF/tcXq/KlVDyV49wmA==", "tfjs-backend-wasm"},
	{"@litertjs/core", "2.5.3",
		"sha512-PlGmbMOq9WitX7FO0jhbdJw9GthatsyuCQXjTt/wJZo0FLaw48q4tz8IwqgqCIkviYGr9OFDL1kCnN4nzWoyJQ==", "litertjs-core"},
	{"@litertjs/wasm-utils", "2.5.3",
		"sha512-4fJiw6tBQnIs+0jH/OQ16nYOiSl8/+zZnn5h2ul8aTKHi05sVqZW580Tmk78pC2kT39A9OYBVdFawteZ/sI1kQ==", "litertjs-wasm-utils"},
}

// An engine is what is measured in the page.
type engine struct {
	key    string // name of its script in page, without .js
	name   string // in tables
	record string // in bench/latest.json
	needs  string // ending of the file of each network that it reads
}

const (
	homeroom      = "homeroom"
	homeroomPlain = "homeroom-plain" // its build for browsers without relaxed SIMD
	ortWeb        = "onnxruntime"
)

// engines are all that the page can run; Homeroom comes first.
var engines = []engine{
	{homeroom, "Homeroom", "homeroom", ".pack"},
	{homeroomPlain, "without relaxed SIMD", "homeroom", ".pack"},
	{"litert", "LiteRT.js", "@litertjs/core", ".tflite"},
	{ortWeb, "ONNX Runtime Web", "onnxruntime-web", ".onnx"},
	{"tfjs", "TensorFlow.js", "@tensorflow/tfjs", ".tfjs.json"},
}

// isPeer tells the others from Homeroom.
func isPeer(key string) bool { return key != homeroom && key != homeroomPlain }

// A network is one that engines are measured on.
type network struct {
	key  string // as bench_models.py and --networks call it
	name string
}

// networks are in the order of the tables.
var networks = []network{
	{"efficientnet-lite0", "EfficientNet-Lite0"},
	{"mobilenet_v2", "MobileNetV2"},
	{"mobilenet_v3_large", "MobileNetV3-Large"},
	{"resnet18", "ResNet-18"},
	{"resnet50", "ResNet-50"},
	{"vgg16", "VGG-16"},
	{"vit_tiny_patch16_224", "ViT-Tiny/16"},
}
