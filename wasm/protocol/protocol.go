// Package protocol names the messages that the page and its workers send each other.
//
// A message is a JavaScript object with the field Kind. The photo of a message is known by ID and Ticket: the page
// gives a photo a new ticket whenever it is handed out, so that an answer to an earlier one is recognised and dropped.
package protocol

// Kinds of message, with their other fields.
const (
	// Started: worker to page, once its program runs.
	Started = "started"
	// Open: page to worker. Name, Pack (Uint8Array), Size (input size, 0 for the pack's own).
	Open = "open"
	// Opened: worker to page. Size (input size in use), Classes.
	Opened = "opened"
	// Crewed: worker to page, once it is known on how many threads it can run a photo. Threads, and where that is one,
	// Error: why.
	Crewed = "crewed"
	// Refused: worker to page, the pack cannot be used. Error.
	Refused = "refused"
	// Photo: page to worker. ID, Ticket, File (a File or Blob), Top (answers wanted), Alone (whether the worker has the
	// device to itself and may run the photo on all its threads).
	Photo = "photo"
	// Thumb: worker to page, sent before the answer. ID, Ticket, Picture (Uint8Array, JPEG).
	Thumb = "thumb"
	// Named: worker to page. ID, Ticket, Width, Height, Results (array of {Index, Label, Score}), Decode, Resize,
	// Network (milliseconds), Threads (that the network ran on), Memory (bytes that the worker's program holds).
	Named = "named"
	// Failed: worker to page, this photo cannot be named. ID, Ticket, Error, Memory.
	Failed = "failed"
	// Bench: page to worker, measure the network. ID, Ticket, Runs (of each kind, at least).
	Bench = "bench"
	// Benched: worker to page. ID, Ticket, Layers (array of {Name, Kernel, Shape, Product, Milliseconds, Speed}), One and
	// All (milliseconds of a run on one thread and on all, 0 where there is one), Threads, Runs, Peak and Speed (GFLOP/s
	// that one thread can do, and did), Memory.
	Benched = "benched"
	// Ended: worker to page, its program ended and nothing more will come. Error.
	Ended = "ended"
)

// Fields of the messages.
const (
	Kind    = "kind"
	Name    = "name"
	Pack    = "pack"
	Size    = "size"
	Classes = "classes"
	ID      = "id"
	Ticket  = "ticket"
	File    = "file"
	Top     = "top"
	Picture = "picture"
	Width   = "width"
	Height  = "height"
	Results = "results"
	Index   = "index"
	Label   = "label"
	Score   = "score"
	Decode  = "decode"
	Resize  = "resize"
	Network = "network"
	Memory  = "memory"
	Error   = "error"
	Threads = "threads"
	Runs    = "runs"
	Layers  = "layers"
	Kernel  = "kernel"
	Shape   = "shape"
	Product = "product"
	One     = "one"
	All     = "all"
	Peak    = "peak"
	Speed   = "speed" // GFLOP/s

	Milliseconds = "milliseconds"
	Alone        = "alone"
)
