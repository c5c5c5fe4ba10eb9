// Package fault makes errors that can be said in other languages than English.
//
// Such an error is made and read like one of fmt.Errorf, and its text is the same. Besides, it
// keeps what it was made of: its sentence and its arguments, among which may be other errors.
// Whoever shows errors in another language finds the sentence's translation by the sentence;
// package homeroom/wasm/text does. Nothing here knows of languages.
package fault

import "fmt"

// An Error keeps the sentence and the arguments that it was made of.
type Error struct {
	sentence string
	args     []any
	err      error // by fmt.Errorf
}

// Errorf makes an *[Error] as fmt.Errorf does: %w wraps. One without arguments needs no more than
// errors.New, whose text is its sentence.
func Errorf(format string, args ...any) error {
	return &Error{format, args, fmt.Errorf(format, args...)}
}

// Error is the text in English.
func (e *Error) Error() string { return e.err.Error() }

// Unwrap gives what fmt.Errorf wrapped.
func (e *Error) Unwrap() error { return e.err }

// Said is the sentence, with the verbs of package fmt, and what stands in their places: numbers,
// errors, phrases, and strings, which are names.
func (e *Error) Said() (sentence string, args []any) { return e.sentence, e.args }

// Said is an error that can tell what it was made of.
type Said interface {
	error
	Said() (sentence string, args []any)
}

// A Phrase is a part of an error that is English and not a name, and so has translations, too.
type Phrase string

// A Count is a number whose digits are set in groups of three.
type Count int64

// String is the number in English.
func (n Count) String() string {
	text := fmt.Sprint(int64(n))
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
