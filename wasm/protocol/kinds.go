package protocol

import (
	"reflect"
	"strings"
)

// kinds are messages by the names that they travel under.
type kinds map[string]reflect.Type

func kindsOf(messages ...any) kinds {
	out := make(kinds, len(messages))
	for _, m := range messages {
		t := reflect.TypeOf(m)
		out[small(t.Name())] = t
	}
	return out
}

// has tells whether values of a type are among the messages.
func (k kinds) has(t reflect.Type) bool { return t.Name() != "" && k[small(t.Name())] == t }

// small writes a name with a small first letter, or all small where it is an abbreviation.
func small(name string) string {
	if name == strings.ToUpper(name) {
		return strings.ToLower(name)
	}
	return strings.ToLower(name[:1]) + name[1:]
}
