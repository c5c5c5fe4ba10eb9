package photo

import (
	"errors"
	"strings"

	"homeroom/core/fault"
)

// The kinds of failure of [Decode], to be told apart with [errors.Is].
var (
	// ErrUnsupported: the file is no picture, or one of a kind that is not read here (HEIC, AVIF,
	// TIFF and so on). Another decoder, such as the browser's own, may still manage.
	ErrUnsupported = errors.New("unsupported picture format")
	// ErrTooLarge: the file or the picture in it is over the [Limits].
	ErrTooLarge = errors.New("picture too large")
	// ErrDamaged: the file is empty, cut short or corrupt.
	ErrDamaged = errors.New("damaged picture")
)

// An Error is what [Decode] returns. Its text is a plain sentence that says what is wrong and what
// to do; the caller puts the file's name before it.
type Error struct {
	Kind   error  // ErrUnsupported, ErrTooLarge or ErrDamaged
	Format string // "jpeg", "png", "heic" and so on where it is known, else ""
	Text   string // what is wrong, and what to do about it
	Cause  error  // what the decoder said, or nil

	said error // what Text was made of, nil where it is one sentence
}

// Error returns e.Text.
func (e *Error) Error() string { return e.Text }

// Said is explained with fault.Error.
func (e *Error) Said() (sentence string, args []any) {
	if said, is := e.said.(fault.Said); is {
		return said.Said()
	}
	return "%s", []any{fault.Phrase(e.Text)}
}

// Unwrap lets errors.Is find both the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Cause}
}

func damaged(format string, cause error) *Error {
	said := fault.Errorf("the %s is damaged or cut short (%v); copy or download it again", title(format), bare(cause))
	return &Error{Kind: ErrDamaged, Format: format, Cause: cause, Text: said.Error(), said: said}
}

func unsupported(format string, cause error) *Error {
	said := fault.Errorf("this sort of %s can't be read here (%v); open it in a picture program and save it as JPEG or PNG", title(format), bare(cause))
	return &Error{Kind: ErrUnsupported, Format: format, Cause: cause, Text: said.Error(), said: said}
}

func tooLarge(format string, said error) *Error {
	return &Error{Kind: ErrTooLarge, Format: format, Text: said.Error(), said: said}
}

// bare is a decoder's error without its package prefix.
func bare(err error) error {
	if text := reason(err); text != err.Error() {
		return errors.New(text)
	}
	return err
}

// reason is the decoder's own words without its package prefix.
func reason(err error) string {
	text := err.Error()
	for _, prefix := range []string{"gif: ", "png: ", "webp: ", "bmp: ", "vp8: ", "vp8l: ", "invalid format: ", "unsupported feature: "} {
		text = strings.TrimPrefix(text, prefix)
	}
	return text
}

// title is a format's name as people write it.
func title(format string) string {
	if format == "webp" {
		return "WebP"
	}
	return strings.ToUpper(format)
}

// grouped writes n with commas between thousands.
func grouped[N int | int64](n N) string { return fault.Count(n).String() }
