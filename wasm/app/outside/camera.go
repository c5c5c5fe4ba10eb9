package outside

import (
	"strings"

	"homeroom/wasm/text"
)

// reasons say for people why the camera could not be opened.
var reasons = map[string]string{
	"NotAllowedError":  text.Say("The browser does not let this page use the camera. Press the sign at the beginning of the address bar (a camera, a lock or sliders), allow the camera there, then try again. On a phone, look in the browser’s settings under “Site settings”."),
	"NotFoundError":    text.Say("There is no camera on this device."),
	"NotReadableError": text.Say("Another program is using the camera. Close it, then try again."),
}

// Why says for people why the camera did not open, "" where it did.
func (e CameraOpened) Why() string {
	switch {
	case e.None:
		return text.Say("This browser gives pages no camera here (that needs https, or this device itself).")
	case e.Name == "NotAllowedError" && strings.Contains(e.Error, "system"): // as Chromium says it
		return text.Say("This device does not let the browser use the camera. Allow it in the settings of the device, under privacy and camera, then try again.")
	case reasons[e.Name] != "":
		return reasons[e.Name]
	case e.Error != "":
		return text.Say("The camera could not be opened: {1}.", text.Foreign(strings.TrimRight(e.Error, ".")))
	}
	return ""
}
