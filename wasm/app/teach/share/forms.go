package share

import (
	"strings"

	"homeroom/wasm/app/teach/learn"
	"homeroom/wasm/protocol"
)

// about is what is told of a format.
type about struct {
	format, title string
	who           string   // wants it, one sentence
	use           []string // three lines that use it; NAME stands for the name of the file without what comes behind its dot
	behind        string   // the name of the file
}

// formats are those that are offered, in this order.
var formats = []about{
	{"homeroom", named("Homeroom"), say("For another Homeroom: this page, the program, Go programs and the element for web pages open it."),
		[]string{`homeroom classify --head "NAME.homeroom" photo.jpg`, `c, err := classifier.Open("NAME.homeroom")  // in Go; the pack of its network lies beside it`,
			`<homeroom-classifier src="NAME.homeroom"></homeroom-classifier>  <!-- in a web page, likewise -->`}, ".homeroom"},
	{"html", say("One web page"), say("For pupils, parents and stands without a network: a file that opens with a double click in any browser, takes photos and the camera, and names them."),
		[]string{"Double-click NAME.html, or send it: the whole classifier is in it.", "Drop a photo on it, paste one, or press “Use the camera”.",
			`Within a page of yours: <iframe src="NAME.html" allow="camera"></iframe>`}, ".html"},
	{"folder", say("Folder for a website"), say("For your own website or a school's: unpack it on any web server, nothing runs there."),
		[]string{`unzip "NAME website.zip" -d classifier`, "python3 -m http.server --directory classifier   # or any static host", "open http://127.0.0.1:8000/"}, " website.zip"},
	{"tflite", named("TensorFlow Lite"), say("For phones, Raspberry Pi and Frigate: LiteRT and MediaPipe's image classifiers read it, labels and all."),
		[]string{`import mediapipe; from mediapipe.tasks.python import vision`, `classifier = vision.ImageClassifier.create_from_model_path("NAME.tflite")`, `print(classifier.classify(mediapipe.Image.create_from_file("photo.jpg")))`}, ".tflite"},
	{"teachable-machine", named("Teachable Machine"), say("For p5.js and ml5.js sketches, Scratch extensions and PictoBlox: the zip that Teachable Machine exports for the web."),
		[]string{`const model = await tmImage.load("NAME/model.json", "NAME/metadata.json"); // unpacked`, `const results = await model.predict(picture);`, `console.log(results[0].className, results[0].probability);`}, " teachable machine.zip"},
	{"onnx", named("ONNX"), say("For programs in Python, C#, Java, C++ or JavaScript, by ONNX Runtime."),
		[]string{`session = onnxruntime.InferenceSession("NAME.onnx")`, `card = json.loads(session.get_modelmeta().custom_metadata_map["homeroom"])  # says how a photo is cut`, `scores, *_ = session.run(None, {"image": picture})`}, ".onnx"},
	{"safetensors", named("PyTorch"), say("For those who go on in PyTorch: weights in safetensors, with the calls that make an answer."),
		[]string{`classifier = Classifier("NAME.safetensors")  # the loader is in docs/pytorch.md`, `scores = classifier(image=picture)["probabilities"]`, `print(classifier.card["labels"][scores.argmax()])`}, ".safetensors"},
	{"csv", say("Table of features"), say("For R, Python or a spreadsheet: the feature vector of every photo with its class and the name of its file, and nothing that names photos."),
		[]string{`table <- read.csv("NAME features.csv", check.names = FALSE)`, `classes <- factor(table$class)`, `features <- as.matrix(table[, -(1:3)])`}, " features.csv"},
}

func aboutOf(format string) *about {
	for i := range formats {
		if formats[i].format == format {
			return &formats[i]
		}
	}
	return &about{format: format, title: format}
}

// A form is one of the offers.
type form struct {
	format, weights string
	quick           bool
}

func formOf(o *protocol.Offer) form { return form{o.Format, o.Weights, o.Quick} }

func (f form) title() string { return aboutOf(f.format).title }

// exact is how weights are stored where nothing is lost.
const exact = "f32"

// name is that of the file, for a project.
func (f form) name(project string) string {
	name := learn.FileName(project)
	switch {
	case f.quick:
		name += " quick"
	case f.format == "homeroom":
		name += " classifier"
	}
	if f.weights != "" && f.weights != exact {
		name += " " + f.weights
	}
	return name + aboutOf(f.format).behind
}

// lines are those that use the file.
func (f form) lines(project string) string {
	a := aboutOf(f.format)
	return strings.ReplaceAll(strings.Join(a.use, "\n"), "NAME", strings.TrimSuffix(f.name(project), a.behind))
}
