package outside

// Leads tells whether a key leads on in a list that is laid out in rows.
func Leads(key string) bool {
	switch key {
	case "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End":
		return true
	}
	return false
}

// Along is where a key leads to from a place in a list of so many, less than 0 where there is
// nothing. Which one lies above or below only the browser knows: known is false then, see [Step].
func Along(key string, at, of int) (to int, known bool) {
	to = at
	switch key {
	case "ArrowLeft":
		to--
	case "ArrowRight":
		to++
	case "Home":
		to = 0
	case "End":
		to = of - 1
	default:
		return -1, false
	}
	if at < 0 || to >= of {
		return -1, true
	}
	return to, true
}
