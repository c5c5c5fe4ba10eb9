// Package project has the one model of what a person teaches, and its file.
//
// A [Project] is classes, photos, settings and versions, with the edits on them and their inverses.
// It is kept as records of JSON, by whoever has a place for them. A [File] is what the file
// NAME.homeroom holds: everything a person taught, in one file that the page and the program open
// alike. [File.Open] and [Project.File] make one of the other.
//
// The file is a zip archive of
//
//	features.safetensors        a float32 tensor [photos that have it][dim] for each feature space, by its name
//	heads/ID.safetensors        the heads that were taught, as head.Head.MarshalBinary writes them
//	heads/ID.last.safetensors   the state that learning ended in, where that is another
//	heads/ID.held.safetensors   how photos were answered by heads that had not learnt from them
//	thumbs/ID.jpg               small pictures of the photos
//	manifest.json               everything else, and size and SHA-256 of the parts above; the last part
//
// There are never full photos in it. The same project always gives the same bytes.
//
// Reading takes nothing on trust: names are compared with those that the manifest promises, sizes
// are checked against limits before anything is allocated, the archive may not unpack to more than
// it says, and every part must match its checksum.
package project
