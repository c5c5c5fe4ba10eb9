package photo

import (
	"errors"
	"fmt"
	"strings"
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
}

// Error returns e.Text.
func (e *Error) Error() string { return e.Text }

// Unwrap lets errors.Is find both the kind and the cause.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Cause}
}

func damaged(format string, cause error) *Error {
	return &Error{
		Kind: ErrDamaged, Format: format, Cause: cause,
		Text: fmt.Sprintf("the %s is damaged or cut short (%s); copy or download it again", title(format), reason(cause)),
	}
}

func unsupported(format string, cause error) *Error {
	return &Error{
		Kind: ErrUnsupported, Format: format, Cause: cause,
		Text: fmt.Sprintf("this sort of %s can't be read here (%s); open it in a picture program and save it as JPEG or PNG", title(format), reason(cause)),
	}
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
func grouped[N int | int64](n N) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
