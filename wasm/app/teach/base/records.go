package base

import "homeroom/wasm/app/outside"

// The kinds of record, as package store has them.
const (
	ProjectRecords = "projects"
	PhotoRecords   = "photos"
	ThumbRecords   = "thumbs"
	FullRecords    = "fulls"
	FeatureRecords = "features"
	HeadRecords    = "heads"
	EditRecords    = "edits"
	NoteRecords    = "notes"
)

// NoteOpen is the note of the project that was open last.
const NoteOpen = "open"

// HolderRecord is the note by which a tab holds a project from then on; with "", nobody does. Each
// write of a project looks for it, so that two tabs never write to one.
func HolderRecord(project, tab string) outside.Record {
	r := outside.Record{Kind: NoteRecords, Key: HolderKey(project)}
	if tab != "" {
		r.Value = tab
	}
	return r
}

func HolderKey(project string) []any { return []any{"holder", project} }
