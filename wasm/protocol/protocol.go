// Package protocol has what the page and its workers send each other: one struct a message, which
// travels as package codec writes it.
package protocol

import (
	"homeroom/core/feature"
	"homeroom/core/project"
	"homeroom/core/training"
	"homeroom/wasm/codec"
)

// An Object is something of the browser's, as in package codec.
type (
	Object = codec.Object
	Handle = codec.Handle
)

// A Job is known by ID and Ticket: the page gives it a new ticket whenever it is handed out, so
// that an answer to an earlier one is recognised and dropped.
type Job struct{ ID, Ticket int }

// Number returns the job, for messages that have one in them.
func (j Job) Number() Job { return j }

// Done is what every answer to a job tells: which job, and what memory the worker's program holds
// by then, in bytes.
type Done struct {
	Job
	Memory float64
}

// Answers returns what the answer is to.
func (d Done) Answers() Done { return d }

// A Result is one answer for a photo.
type Result struct {
	Index int     `json:"index"`
	Label string  `json:"label"`
	Score float64 `json:"score"`
}

// What a worker is sent. A field with the tag transfer is handed over, and with transfer:"copy" a
// copy of it is, which costs one copy where the browser's own way costs two and holds both. The tag
// is names the class of what the browser holds; a File is a Blob.
type (
	// Poured is a part of the pack that Open will be about, from its byte At on. Parts follow one
	// another; one from 0 on begins anew.
	Poured struct {
		At   int
		Data Object `transfer:"" is:"Uint8Array"`
	}
	// Open opens a network: Pack, or what was poured, which is all there then and is what it should
	// be. It is answered by Opened or Refused.
	Open struct {
		Name string
		Came bool
		Pack Object `transfer:"copy" is:"Uint8Array"` // nil where it was poured
		Size int    // input size in pixels, 0 for the pack's own
		// Exact has photos decoded in full, where large ones are decoded at the scale that the
		// network needs otherwise.
		Exact bool
	}
	// Classify names a photo, or a picture of the camera, by the network. It is answered by Named,
	// for a File after Thumbnail, or by Failed.
	Classify struct {
		Job
		File          Object `is:"Blob"`                          // nil where there is a Frame
		Frame         Object `transfer:"" is:"Uint8ClampedArray"` // RGBA
		Width, Height int    // of Frame
		Top           int    // answers wanted
		Alone         bool   // the worker has the device to itself and may run the photo on all its threads
	}
	// Explain makes the heat map of a photo for a class of the network's own. It is answered by
	// Explained or Failed.
	Explain struct {
		Job
		File  Object `is:"Blob"`
		Index int    // of the class
		Alone bool
	}
	// Inspect draws the maps of a layer for a photo. It is answered by Inspected or Failed.
	Inspect struct {
		Job
		File  Object `is:"Blob"`
		Layer string // "" for the one that shows most
		Map   int    // that is laid over the photo; below 0 for the one that varies most
		Alone bool
	}
	// Measure measures the network. It is answered by Measured.
	Measure struct {
		Job
		Runs int // of each kind, at least
	}
	// Read gives a photo's features. It is answered by Thumbnail and then Features, or by Failed.
	Read struct {
		Job
		File   Object          `is:"Blob"`
		Spaces []feature.Space // of networks besides the worker's own, those that OpenAlso opened
		Alone  bool
	}
	// OpenAlso opens one more network, for photos to be read with, and heads that read the features
	// of it. There is no answer: one that cannot be used fails what needs it, and one that the next
	// UseHead does not read is closed.
	OpenAlso struct {
		Space feature.Space // of its plain view
		Pack  Object        `transfer:"copy" is:"Uint8Array"` // nil where Error says why it is not there
		Error string
	}
	// UseHead says what Ask is answered with. There is no answer; a head that cannot be used fails
	// the questions that follow.
	UseHead struct {
		Head  Object `is:"Uint8Array"`
		Quick Object `is:"Uint8Array"` // as in Learnt
	}
	// Ask names a photo, or a picture of the camera, by the head. It is answered by Told, for a
	// File after Thumbnail, or by Failed.
	Ask struct {
		Job
		File          Object `is:"Blob"`                          // nil where there is a Frame
		Frame         Object `transfer:"" is:"Uint8ClampedArray"` // RGBA
		Width, Height int    // of Frame
		Class         string // to make a heat map for; "" for none
		Alone         bool
	}
	// Hold keeps a photo's features in the worker that learns.
	Hold struct {
		Photo  project.Photo `as:"json"`
		Space  feature.Space
		Vector Object `is:"ArrayBuffer"` // float32
	}
	// Forget drops what the worker that learns has of a photo: it is read anew.
	Forget struct{ ID int }
	// Learn learns a head. Progress comes while it works, and then Learnt or Stopped.
	Learn struct {
		Job
		Task Task `as:"json"`
	}
	// Curve makes the learning curve of a head. Progress comes while it works, and then Curved or
	// Stopped.
	Curve struct {
		Job
		Task Task   `as:"json"`
		Head Object `is:"Uint8Array"`
	}
	// Choose chooses photos of a task to ask a person about: those that a head is unsure of and
	// that differ, or, where there is no Head, that differ. It is answered by Chosen or Stopped.
	Choose struct {
		Job
		Task  Task   `as:"json"` // its Project, Spaces and IDs
		Head  Object `is:"Uint8Array"`
		Quick Object `is:"Uint8Array"` // as in Learnt: it is asked where photos lack what Head reads
		Most  int    // photos
	}
	// WriteFile makes a project file. It is answered by FileWritten or Failed. Where Project is "",
	// all of the project that has the ID Stored in the browser's store is read from there, and the
	// worker keeps nothing of it.
	WriteFile struct {
		Job
		Stored   string            // ID in the store, from which features and thumbnails come; "" where there is no store
		Project  Text              // what project.Project.Encode writes
		Photos   []Text            // lists of what project.Photo.Encode writes, each of a hundred or so
		Networks []project.Network `as:"json"` // those that there are; a file names those that it has features of
		Versions []Version
		Thumbs   []Thumb // those that the store does not have
	}
	// ReadFile puts what a project file holds into the browser's store, as a project of its own
	// that is listed once all of it is there. It is answered by FileRead, or by Failed, and then
	// nothing of it is there.
	ReadFile struct {
		Job
		File   Object   `is:"Blob"`
		Stored string   // ID that the project is to have in the store
		Taken  []string // names of other projects
	}
	// Restore writes the features that the worker holds of a project into the browser's store,
	// which was cleared. It is answered by Restored or Failed.
	Restore struct {
		Job
		Project string
		Task    Task `as:"json"` // its Spaces and IDs
	}
	// Lay lays photos out to be compared, some at a time: those From 0 are the first, and others
	// come after those that lie there. It is answered by Laid or Failed.
	Lay struct {
		Job
		From    int
		Photos  Text     // of each: [perceptual hash, time in ms since 1970, whether that is the photo's own, pixels, bytes]
		Vectors []Object `is:"ArrayBuffer"` // of each, as in Look
	}
	// Compare finds the photos that look alike among those that were laid out, which lie there no
	// longer then. Progress comes while it works, and then Compared or Stopped.
	Compare struct{ Job }
	// Rank finds the photos that are most like the first of some. It is answered by Ranked or
	// Failed.
	Rank struct {
		Job
		Most    int
		Vectors []Object `is:"ArrayBuffer"` // of each, as in Look
	}
	// Map lays photos out, those near one another that look alike, as package embedding does. It is
	// for a worker of its own. Progress comes while it works, and then Mapped or Failed.
	Map struct {
		Job
		Vectors []Object `is:"ArrayBuffer"` // of each, as in Look
	}
	// Digest reads a file to its end, to tell whether others are the same. It is answered by
	// Digested or Failed.
	Digest struct {
		Job
		File Object `is:"Blob"`
	}
	// Stop ends what is being learnt or compared, and drops what was laid out for that.
	Stop struct{}
	// Survey opens a project file with the packs of the networks that its head reads, and weighs
	// what can be made of it. It is for the worker that shares, and answered by Surveyed or Failed.
	Survey struct {
		Job
		File  Object `is:"Blob"`
		Packs []Packed
	}
	// Export makes a file of the project of the last Survey, and runs it on some of its photos.
	// Progress comes while it works, and then Exported or Failed.
	Export struct {
		Job
		Format, Weights string
		Quick           bool     // of the head that looks once
		Parts           []Packed // the element's files, for pages
	}
	// Arrange gives photos places in folders. It is for the worker that shares, as those that
	// follow, and answered by Arranged or Failed.
	Arrange struct {
		Job
		Task Arrangement `as:"json"`
	}
	// Merge writes names into sidecars. It is answered by Merged.
	Merge struct {
		Job
		Sidecars []Sidecar `as:"json"`
	}
	// Walk goes on in the view of how networks grew, which this worker describes. What is not nil
	// is another than before. It is answered by Walked or Failed.
	Walk struct {
		Job
		Stop     string   // that is shown
		Networks Text     // the list of them
		Photos   []Object `is:"Blob"` // that which is looked at first
		Kept     Text     // what was set for that before, as Walked told it; "" for nothing
		Packs    []Packed
		Handler  int // number of the one that is used, 0 for none
		Value    string
		Checked  bool
		Key      string
	}
	// Sum reads a file to its end. It is answered by Summed or Failed.
	Sum struct {
		Job
		File Object `is:"Blob"`
	}
)

// What a worker sends.
type (
	// Started comes once the worker's program runs.
	Started struct{}
	// Opened says that the network is open.
	Opened struct {
		Size    int // input size in use, in pixels
		Classes int
		Memory  float64
	}
	// Gathered comes once it is known on how many threads the worker can run a photo, and where
	// that is one, why.
	Gathered struct {
		Threads int
		Error   string
	}
	// Refused says that the pack cannot be used.
	Refused struct{ Error string }
	// Thumbnail comes before the answer.
	Thumbnail struct {
		Job
		Picture Object `is:"Blob"` // JPEG
	}
	// Named answers Classify. Times are in milliseconds.
	Named struct {
		Done
		Seen
		Look
		Results                 []Result // best first
		Decode, Resize, Network float64
		Threads                 int // that the network ran on
	}
	// Failed says that a job cannot be done.
	Failed struct {
		Done
		Error string
	}
	// Explained answers Explain.
	Explained struct {
		Done
		Heat
	}
	// Inspected answers Inspect.
	Inspected struct {
		Done
		Picture Object `is:"Blob"` // PNG
		Over    Object `is:"Blob"` // PNG: one of the maps, to be laid over the photo
		Inside  Inside `as:"json"`
	}
	// Measured answers Measure. Times are in milliseconds, speeds in GFLOP/s.
	Measured struct {
		Done
		Layers      []LayerTime
		One, All    float64 // a run on one thread and on all; 0 where there is one
		Threads     int
		Runs        int
		Peak, Speed float64 // that one thread can do, and did
	}
	// Features answers Read.
	Features struct {
		Done
		Seen
		Hash           string          // hexadecimal SHA-256 of the file
		PerceptualHash uint64          // perceptual hash
		Taken          int64           // by the photo's EXIF data, in milliseconds since 1970; 0 where it does not say
		Spaces         []feature.Space // as they were asked for
		Vectors        []Object        `transfer:"" is:"ArrayBuffer"` // float32, of each
		Decode         float64
		Network        float64
	}
	// Told answers Ask.
	Told struct {
		Done
		Seen
		Look                 // of a photo
		Results     []Result // in the order of the classes
		Unknown     bool
		Strangeness float64
		Views       int // NoMirror and so on: how a picture of the camera was looked at
		Network     float64
		Heat        // where it was asked for
	}
	// Progress tells how far Learn or Curve is.
	Progress struct {
		ID       int
		Progress training.Progress `as:"json"`
	}
	// Learnt answers Learn.
	Learnt struct {
		Done
		Head    Object  `is:"Uint8Array"`
		Last    Object  `is:"Uint8Array"` // in the state that learning ended in, nil where that is the same
		Quick   Object  `is:"Uint8Array"` // a head that reads the plain view alone, nil where the head itself does
		Bytes   int     // of Head
		Trained Trained `as:"json"`
	}
	// Curved answers Curve.
	Curved struct {
		Done
		Growth training.Growth `as:"json"`
	}
	// Chosen answers Choose.
	Chosen struct {
		Done
		Asked []Asked `as:"json"` // in the order in which to ask
	}
	// Stopped says that Learn, Curve, Choose or Compare ended without a result.
	Stopped struct {
		Done
		Error string // "" where the page asked for it
	}
	// FileWritten answers WriteFile.
	FileWritten struct {
		Done
		File  Object `is:"Blob"`
		Name  string // of the project
		Bytes int64  // of File
	}
	// Restored answers Restore.
	Restored struct {
		Done
		Written []Written `as:"json"`
	}
	// FileRead answers ReadFile.
	FileRead struct{ Done }
	// Surveyed answers Survey.
	Surveyed struct {
		Done
		Offers []Offer `as:"json"`
	}
	// Exported answers Export.
	Exported struct {
		Done
		File        Object  `is:"Blob"`
		Photos      int     // that it was run on; 0 for what names nothing
		Same        int     // of them have the same best name
		Largest     float64 // difference of a probability
		Strangeness float64 // difference of that
	}
	// Arranged answers Arrange: a place of each photo, in their order.
	Arranged struct {
		Done
		Places []Place `as:"json"`
	}
	// Merged answers Merge: with what each sidecar is to hold, in their order.
	Merged struct {
		Done
		Sidecars []Sidecar `as:"json"`
	}
	// Walked answers Walk.
	Walked struct {
		Done
		Nodes   []Piece  `as:"json"`
		Objects []Object `is:"Blob"` // that nodes show
		Network string   // that the stop runs
		More    bool     // there is more to be done: another Walk does the next of it
		Focus   string   // what the keyboard is to be brought to, a selector; "" for nothing
		Kept    Text     // what is set for the photo, with which a later worker goes on
	}
	// Summed answers Sum.
	Summed struct {
		Done
		CRC32 int // IEEE
		Bytes int64
	}
	// Laid answers Lay.
	Laid struct{ Done }
	// Compared answers Compare.
	Compared struct {
		Done
		Groups []Group `as:"json"`
	}
	// Ranked answers Rank: places in the list, the nearest first, with the cosines of features.
	Ranked struct {
		Done
		Photos  []int
		Cosines []float64
	}
	// Mapped answers Map: x and y of each photo, −1 to 1, as float32 with the lowest byte first.
	Mapped struct {
		Done
		Points []byte `as:"json"`
	}
	// Digested answers Digest.
	Digested struct {
		Done
		SHA256 string // hexadecimal
	}
	// Ended says that the worker's program ended, and nothing more will come. Its script sends it.
	Ended struct{ Error string }
	// Fault says that the worker was sent something that it cannot make sense of.
	Fault struct{ Error string }
)

// Seen is what is told of every photo that was read.
type Seen struct {
	Width, Height int    // in pixels, upright
	Damaged       string // what is wrong with its file, of which what was there was taken; "" where it is whole
}

// Look is by what a photo is compared with others.
type Look struct {
	Taken          int64  // by its EXIF data, in milliseconds since 1970; 0 where it does not say
	PerceptualHash uint64 // perceptual hash
	Vector         Object `transfer:"" is:"ArrayBuffer"` // its features as int8, the largest as 127; nil where there are none
}

// A Group is photos that are alike, by their places in the list.
type Group struct {
	Kind   string // as in package alike
	Photos []int
}

// Heat is the picture of a heat map.
type Heat struct {
	Picture Object `is:"Blob"` // PNG: to lay over the photo
	Rollout bool   // it is attention rolled out, the same for every class
	Whole   bool   // all of the photo was looked at
}

// A Piece is a node of package markup's as it travels.
type Piece struct {
	Tag, Key, Text string        `json:",omitempty"`
	Attrs          []PieceAttr   `json:",omitempty"`
	On             []PieceHandle `json:",omitempty"`
	Kids           []Piece       `json:",omitempty"`
}

// A PieceAttr is an attribute. Object is 0, or one more than its index in what comes along.
type PieceAttr struct {
	Name, Value string `json:",omitempty"`
	Object      int    `json:",omitempty"`
}

// A PieceHandle is a handler by its number.
type PieceHandle struct {
	Event  string
	Number int
}

// LayerTime is what a layer of a network takes.
type LayerTime struct {
	Name, Kernel, Shape, Product string
	Milliseconds, Speed          float64
}

// Text is JSON. Pieces of it travel as such: of thousands of photos, one piece would keep the page
// from answering.
type Text string

// A Version is the heads of a version, with what is known of it.
type Version struct {
	Number            int
	Best, Last, Quick Object `is:"Uint8Array"` // as in Learnt
	Figures           Text   // what project.Figures.Encode writes
}

// Packed is a network's pack.
type Packed struct {
	Name string
	Pack Object `is:"Uint8Array"`
}

// An Offer is a form in which a project can be given away.
type Offer struct {
	Format  string
	Weights string   // how weights are stored; "" where that is no question
	Quick   bool     // of the head that looks once, where the other cannot be said
	Bytes   int64    // of the file
	Parts   bool     // the element's files come to that
	Refused string   // why there can be none
	Carries []string // of "calibration", "views" and "unknown" what is in it
	Notes   []string // what its readers do otherwise
}

// A Thumb is a photo's thumbnail.
type Thumb struct {
	ID      int
	Picture Object `is:"Blob"`
}

// How a head answers pictures of the camera, where it would else answer fewer than ten a second.
const (
	AllViews = iota // as at photos
	NoMirror        // the plain picture stands in for its mirror image
	Once            // another head answers, which reads the plain view alone
)

// To a worker and to the page there are these messages.
var (
	toWorker = codec.KindsOf(Poured{}, Open{}, Classify{}, Explain{}, Inspect{}, Measure{}, Read{}, OpenAlso{}, UseHead{}, Ask{}, Hold{}, Forget{}, Learn{}, Curve{}, Choose{}, WriteFile{}, ReadFile{}, Restore{}, Lay{}, Compare{}, Rank{}, Map{}, Digest{}, Stop{}, Survey{}, Export{},
		Arrange{}, Merge{}, Walk{}, Sum{})
	toPage = codec.KindsOf(Started{}, Opened{}, Gathered{}, Refused{}, Thumbnail{}, Named{}, Failed{}, Explained{}, Inspected{}, Measured{}, Features{}, Told{},
		Progress{}, Learnt{}, Curved{}, Chosen{}, Stopped{}, FileWritten{}, FileRead{}, Restored{}, Surveyed{}, Exported{}, Arranged{}, Merged{}, Walked{}, Summed{}, Laid{}, Compared{}, Ranked{}, Mapped{}, Digested{}, Ended{}, Fault{})
)
