package outside

import (
	"strings"

	"homeroom/wasm/text"
)

// reasons say for people why the camera could not be opened.
var reasons = map[string]string{
	"NotAllowedError":  text.Say("The browser does not let this page use the camera. Allow it in the address bar, then try again."),
	"NotFoundError":    text.Say("There is no camera on this device."),
	"NotReadableError": text.Say("Another program is using the camera. Close it, then try again."),
}

// Why says for people why the camera did not open, "" where it did.
func (e CameraOpened) Why() string {
	switch {
	case e.None:
		return text.Say("This browser gives pages no camera here (that needs https, or this device itself).")
	case reasons[e.Name] != "":
		return reasons[e.Name]
	case e.Error != "":
		return text.Say("The camera could not be opened: {1}.", text.Foreign(strings.TrimRight(e.Error, ".")))
	}
	return ""
}
