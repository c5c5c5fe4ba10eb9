package photo

import (
	"errors"

	"homeroom/core/photo/jpeg"
)

func isUnsupported(err error) bool {
	var jpegErr jpeg.UnsupportedError
	var part errUnsupportedPart
	return errors.As(err, &jpegErr) || errors.As(err, &part)
}
