//go:build js && wasm

package main

import "homeroom/wasm/codec"

// What the page sends. All but Cancel have an ID, which the answer comes back with.
type (
	// Needs asks which networks a file reads. It is answered by Needed.
	Needs struct {
		ID   int
		File codec.Object `is:"Uint8Array"`
	}
	// Open opens a project or a network. It is answered by Opened.
	Open struct {
		ID    int
		File  codec.Object   `is:"Uint8Array"`
		Packs []codec.Object `is:"Uint8Array"` // of the networks that it needs, in their order
	}
	// Classify names a photo. It is answered by Named.
	Classify struct {
		ID, Classifier int
		Photo          Photo
	}
	// Embed gives the feature vector of a photo. It is answered by Embedded.
	Embed struct {
		ID, Classifier int
		Photo          Photo
	}
	// Teach learns classes from photos. Progress comes meanwhile, and then Opened.
	Teach struct {
		ID, Classifier int
		Examples       []Example
	}
	// Save makes a project file. It is answered by Saved.
	Save struct {
		ID, Classifier int
		Name           string // of the project
	}
	// Close forgets a classifier. It is answered by Closed.
	Close struct{ ID, Classifier int }
	// Cancel ends what has the ID, where that is still to be answered.
	Cancel struct{ ID int }
)

// A Photo is a file, or pixels.
type Photo struct {
	File          codec.Object `is:"Uint8Array"`        // nil where there are pixels
	RGBA          codec.Object `is:"Uint8ClampedArray"` // nil where there is a file
	Width, Height int          // of the pixels
}

// An Example is a photo of a class.
type Example struct {
	Label string
	Photo Photo
}

// What the engine sends.
type (
	// Started comes once the program runs.
	Started struct{}
	// Needed answers Needs.
	Needed struct {
		ID       int
		Networks []string
	}
	// Opened answers Open and Teach.
	Opened struct {
		ID, Classifier int
		Name           string
		Labels         []string
	}
	// Named answers Classify.
	Named struct {
		ID          int
		Label       string // the best, or what stands for strangers
		Unknown     bool
		Strangeness float64
		Results     []Result // best first
		Damaged     string   // what is wrong with the file, of which what was there was taken; "" where it is whole
	}
	// Embedded answers Embed.
	Embedded struct {
		ID     int
		Vector codec.Object `transfer:"" is:"Float32Array"`
	}
	// Saved answers Save.
	Saved struct {
		ID   int
		File codec.Object `transfer:"" is:"Uint8Array"`
	}
	// Closed answers Close.
	Closed struct{ ID int }
	// Failed answers what can't be done.
	Failed struct {
		ID    int
		Error string
	}
	// Progress tells how far Teach is.
	Progress struct {
		ID    int
		Stage string
		Share float64
	}
	// Ended says that nothing more will come. The worker's script sends it, too.
	Ended struct{ Error string }
)

// A Result is one name for a photo.
type Result struct {
	Label string
	Score float64
}

// To the engine and to the page there are these messages.
var (
	toEngine = codec.KindsOf(Needs{}, Open{}, Classify{}, Embed{}, Teach{}, Save{}, Close{}, Cancel{})
	toPage   = codec.KindsOf(Started{}, Needed{}, Opened{}, Named{}, Embedded{}, Saved{}, Closed{}, Failed{}, Progress{}, Ended{})
)
