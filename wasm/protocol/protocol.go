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
	// Opened: worker to page. Size (input size in use), Classes, Memory.
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
	// Network (milliseconds), Threads (that the network ran on), Memory (bytes that the worker's program holds), Damaged
	// (what is wrong with a file of which what was there was named, "" where it is whole).
	Named = "named"
	// Failed: worker to page, this photo cannot be named. ID, Ticket, Error, Memory.
	Failed = "failed"
	// Explain: page to worker, make the heat map of a photo for a class of the network's own. ID, Ticket, File, Index (of
	// the class), Alone.
	Explain = "explain"
	// Explained: worker to page. ID, Ticket, Picture (Uint8Array: a PNG to lay over the photo), Rollout (it is attention
	// rolled out, the same for every class), Whole (all of the photo was looked at), Memory.
	Explained = "explained"
	// Inside: page to worker, draw the maps of a layer for a photo. ID, Ticket, File, Layer ("" for the one that tells
	// most), Alone.
	Inside = "inside"
	// Seen: worker to page. ID, Ticket, Picture (Uint8Array, PNG), Data (JSON: worker.Inside), Memory.
	Seen = "seen"
	// Bench: page to worker, measure the network. ID, Ticket, Runs (of each kind, at least).
	Bench = "bench"
	// Benched: worker to page. ID, Ticket, Layers (array of {Name, Kernel, Shape, Product, Milliseconds, Speed}), One and
	// All (milliseconds of a run on one thread and on all, 0 where there is one), Threads, Runs, Peak and Speed (GFLOP/s
	// that one thread can do, and did), Memory.
	Benched = "benched"
	// Ended: worker to page, its program ended and nothing more will come. Error.
	Ended = "ended"

	// Read: page to worker, give a photo's features. ID, Ticket, File, Spaces (array of names; of networks besides the
	// worker's own, those that Also opened).
	Read = "read"
	// Features: worker to page. ID, Ticket, Width, Height, Hash (hexadecimal SHA-256 of the file), Look (perceptual
	// hash, hexadecimal), Spaces (array of names), Vectors (array of ArrayBuffer, float32), Decode, Resize, Network,
	// Memory, Damaged.
	Features = "features"
	// Also: page to worker, open one more network, for photos to be read with, and heads that read the features of it. Space
	// (of its plain view), Name, Pack, Size, or Error: why it is not there. There is no answer; one that cannot be used fails
	// what needs it, and one that the next Head does not read is closed.
	Also = "also"
	// Head: page to worker, what Ask is answered with. Data (Uint8Array), Quick (as in Learnt, or null). There is no answer; a head that cannot be
	// used fails the questions that follow.
	Head = "head"
	// Ask: page to worker, name a photo by the head. ID, Ticket, File or Frame (RGBA in a Uint8ClampedArray, with
	// Width and Height), Class (its name, to make a heat map for; "" for none).
	Ask = "ask"
	// Told: worker to page. ID, Ticket, Width, Height, Results, Unknown, Strangeness, Hurried (worker.NoMirror and so
	// on: how a picture of the camera was looked at), Decode, Network, Memory, Damaged, and where asked for Picture, Rollout and Whole, as in Explained.
	Told = "told"

	// Hold: page to the worker that learns, keep features. Photos (JSON: array of worker.Note), Space, Vectors
	// (ArrayBuffer, float32, one vector a photo).
	Hold = "hold"
	// Learn: page to the worker that learns. ID, Photos (JSON: worker.Task). Progress comes while it works.
	Learn = "learn"
	// Curve: as Learn, for the learning curve of the head in Data.
	Curve = "curve"
	// Progress: worker to page. ID, Data (JSON: head.Progress), Memory.
	Progress = "progress"
	// Learnt: worker to page. ID, Data (the head, Uint8Array), Last (in the state that learning ended in, null where that is
	// the same), Quick (a head that looks once, null where the head itself does), Photos (JSON: worker.Lesson), Memory.
	Learnt = "learnt"
	// Curved: worker to page. ID, Data (JSON: head.Growth), Memory.
	Curved = "curved"
	// Stopped: worker to page, a Learn or Curve ended without a result. ID, Error ("" where the page asked for it), Memory.
	Stopped = "stopped"
	// Forget: page to the worker that learns, drop what is there of a photo: it is read anew. ID.
	Forget = "forget"
	// Bundle: page to the worker that learns, make a project file. ID, Ticket, Photos (JSON: worker.Bundle), Sheaves (array of
	// JSON: worker.Sheaf), Heads (array of {Best, Last, Quick, Results}, one a version, as in Learnt, with what is known of it as JSON:
	// teach.Result), Thumbs (array of {ID, Picture}, a Blob each: those that the browser's store does not have).
	Bundle = "bundle"
	// Bundled: worker to page. ID, Ticket, File (a Blob), Memory.
	Bundled = "bundled"
	// Unbundle: page to the worker that learns, read a project file. Its features and thumbnails go into the browser's store.
	// ID, Ticket, File, Project (ID that it is to have there).
	Unbundle = "unbundle"
	// Unbundled: worker to page. ID, Ticket, Photos, Sheaves and Heads as in Bundle, Results null in a file of the program, Memory.
	Unbundled = "unbundled"
	// Stop: page to worker, end what is being learnt.
	Stop = "stop"
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
	Damaged = "damaged"
	Threads = "threads"
	Runs    = "runs"
	Layers  = "layers"
	Layer   = "layer"
	Kernel  = "kernel"
	Shape   = "shape"
	Product = "product"
	One     = "one"
	All     = "all"
	Peak    = "peak"
	Speed   = "speed" // GFLOP/s

	Milliseconds = "milliseconds"
	Alone        = "alone"

	Hash        = "hash"
	Look        = "look"
	Spaces      = "spaces"
	Space       = "space"
	Vectors     = "vectors"
	Data        = "data"
	Frame       = "frame"
	Class       = "class"
	Unknown     = "unknown"
	Strangeness = "strangeness"
	Hurried     = "hurried"
	Quick       = "quick"
	Rollout     = "rollout"
	Whole       = "whole"
	Photos      = "photos"
	Heads       = "heads"
	Sheaves     = "sheaves"
	Project     = "project"
	Thumbs      = "thumbs"
	Best        = "best"
	Last        = "last"
)
