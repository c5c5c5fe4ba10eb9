package tour

import (
	"homeroom/core/model"
	"homeroom/wasm/app/outside"
)

// What a stop asks of the network, and what it is told.
type (
	// askAlter runs the photo through the network with something made otherwise in either.
	askAlter struct {
		size    int // input size in pixels, 0 for the network's own
		change  model.Change
		painted []int // cells of the photo that are painted out, row by row
		grid    int   // of them in a row, and in a column
		class   int   // whose evidence is wanted at each place; below 0 for that of the best
		picture bool  // what the network sees is wanted
		vector  bool  // the feature vector is
	}
	altered struct {
		results       []model.Result // best first, at most ten
		size          int            // input size in pixels
		milliseconds  float64        // that the network took
		macs          float64        // multiply-adds
		picture       outside.Object // PNG of size × size pixels: what the network sees; nil where it was not wanted
		rows, columns int            // of the evidence; 0 where there is none
		class         int            // whose evidence it is
		evidence      []float64
		vector        outside.Object // PNG: the feature vector, a pixel a feature
		features      int            // of it
		likeness      float64        // cosine of the feature vector and that of the photo with nothing painted out
	}

	// askCut switches each skip connection off in turn.
	askCut struct{}
	// cuts are the skip connections, in the order of the layers.
	cuts struct{ skips []skip }
	skip struct {
		layer string // that adds
		plain bool   // what goes past the branch is unchanged
		best  model.Result
		kept  float64 // score of what is best with all of them
	}

	// askExcite asks what a squeeze-and-excitation makes of the photo.
	askExcite struct {
		layer string // that gives the scales; "" for the last
		grid  int    // patches in a row, and in a column
	}
	// excited has scales and the like by channel.
	excited struct {
		layers  []string // that give scales
		layer   string   // of which the rest is told
		scales  []float64
		usual   []float64   // the mean over the other photos; nil where there are none
		patches [][]float64 // by how much a scale falls where a patch is painted out
	}

	// askAttend asks what the heads of a block look at from a patch.
	askAttend struct {
		block int // below 0 for the last
		patch int // row by row
		names bool
	}
	attended struct {
		rows, columns int // of patches
		blocks, block int
		heads         []gaze
		names         []model.Result // after each block, where they were wanted
	}
	// A gaze is what a head looks at from a patch: shares of its attention.
	gaze struct {
		patches []float64
		rest    float64 // on what is no patch, such as the class token
	}

	// askTrace asks what part of the photo each layer sees from a place, in shares of the input.
	askTrace struct{ down, right float64 }
	traced   struct{ layers []sight }
	sight    struct {
		layer                    string
		kernel                   int // of its window
		rows, columns, channels  int
		pixels                   int // that it sees in a row, padding included
		left, top, right, bottom float64
		weights                  int
	}

	// askFilter shows the filters of the first layer, and what one of them makes of the photo.
	askFilter struct {
		filter int
		linear bool // without the activation behind it
	}
	filtered struct {
		sheet         outside.Object // PNG: all filters, across in a row, each with a rim of a pixel
		answers       outside.Object // PNG: what the filter answers at each place
		filters       int
		across, side  int // of a filter, in pixels
		rows, columns int
		least, most   float64 // answer, with no activation behind it
		below         float64 // share of the answers that are below 0 without it
	}
)
