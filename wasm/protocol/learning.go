package protocol

import (
	"homeroom/core/bank"
	"homeroom/core/evaluation"
	"homeroom/core/feature"
	"homeroom/core/head"
	"homeroom/core/model"
	"homeroom/core/training"
)

// A Task is what to learn.
type Task struct {
	// Project is the ID of the project in the browser's store, from which the worker gets the
	// features that it lacks; "" where there is no store.
	Project string          `json:"project,omitempty"`
	Classes []string        `json:"classes"`
	IDs     []int           `json:"ids"`    // of the photos
	Labels  []int           `json:"labels"` // index in Classes of each
	Spaces  []feature.Space `json:"spaces"` // that may be learnt from
	Valid   float64         `json:"valid"`  // share of the photos that is held out; 0: none is
	Config  training.Config `json:"config"`
}

// Trained is what was learnt, besides the head.
type Trained struct {
	Kind      head.Kind              `json:"kind"`
	Input     string                 `json:"input"`
	Spaces    []feature.Space        `json:"spaces"` // that the head reads
	Report    *evaluation.Report     `json:"report"` // compact; nil where nothing could be held out
	Folds     int                    `json:"folds"`
	Held      []Answered             `json:"held"`
	Tried     []training.Candidate   `json:"tried"`
	Curve     []training.Progress    `json:"curve"`
	Alike     []bank.Alike           `json:"alike"`
	Unchecked []evaluation.Unchecked `json:"unchecked,omitempty"` // classes of which nothing could be held out
	Seconds   float64                `json:"seconds"`
}

// Answered is how a photo was answered by a head that had not learnt from it.
type Answered struct {
	ID      int     `json:"id"`
	Answer  int     `json:"answer"` // class
	Score   float64 `json:"score"`  // probability of Answer
	Label   int     `json:"label"`
	Own     float64 `json:"own"` // probability of Label
	Strange float64 `json:"strange"`
}

// Asked is a photo that a person is asked about, with the classes that the head is between: two,
// the likelier first, and how likely each is. There are none where no head could say.
type Asked struct {
	ID     int       `json:"id"`
	Names  []string  `json:"names,omitempty"`
	Scores []float64 `json:"scores,omitempty"`
}

// Inside tells what there is to see inside a network that has seen a photo.
type Inside struct {
	Layer  string // whose maps the picture shows
	Layers []Layer
	// Of the picture: how many maps, their extents, and the values that are black and white.
	Maps, Rows, Columns int
	Black, White        float32
	Attends             bool // the maps are what each head attends to
	Across, Down        int  // maps in a row of the picture, and below each other
	Map                 int  // that is laid over the photo

	// Pictures is how many the maps are worth, as model.Maps.Distinct tells it, where the layer was
	// chosen by that; else 0.
	Pictures float64

	Excitations []Excitation
	Heads       []model.HeadAttention
}

// Layer is a layer to choose.
type Layer struct {
	Name, Shape string
	Kind        string // what layers as deep mostly answer to, a model.Kind, "" where nothing is said
}

// Excitation sums up the channel scales of a squeeze-and-excitation.
type Excitation struct {
	Layer              string
	Channels           int
	Min, Mean, Max     float32
	Strongest, Weakest int // channels
}

// Written are photos whose features were written in a space.
type Written struct {
	Space string
	IDs   []int
}
