package photo

import "errors"

func isUnsupportedImage(err error) bool {
	var part errUnsupportedPart
	return errors.As(err, &part)
}
