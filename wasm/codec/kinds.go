// Package codec writes Go structs as the JavaScript objects that pages and their workers send each
// other, and reads them.
//
// A message travels as an object with the field kind, which is the name of its struct, and one
// field for each of the struct's own, both with a small first letter. A message that is unknown, or
// lacks a field, or has one of another type, is an error.
//
// A field of a struct has text, a boolean, a number, a feature.Space, an Object, another struct, or
// a list of one of these. Tags say more of it: as:"json" that it travels as JSON, is that an Object
// is of the class of that name, transfer that it is handed over, and transfer:"copy" that a copy
// is.
package codec

import (
	"reflect"
	"strings"
)

// Kinds are messages by the names that they travel under.
type Kinds map[string]reflect.Type

// KindsOf lists kinds by a message of each.
func KindsOf(messages ...any) Kinds {
	out := make(Kinds, len(messages))
	for _, m := range messages {
		t := reflect.TypeOf(m)
		out[small(t.Name())] = t
	}
	return out
}

// small writes a name with a small first letter, or all small where it is an abbreviation.
func small(name string) string {
	if name == strings.ToUpper(name) {
		return strings.ToLower(name)
	}
	return strings.ToLower(name[:1]) + name[1:]
}
