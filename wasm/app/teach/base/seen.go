package base

import (
	"strconv"
	"strings"

	"homeroom/core/bank"
	"homeroom/core/feature"
)

// viewNames say for people how a network looks at a photo.
var viewNames = map[feature.View]string{
	feature.Flip: "mirrored too", feature.Wide: "the whole photo", feature.Close: "closer", feature.Bright: "brighter", feature.Dark: "darker",
}

// Seen says what a head sees of a photo: networks with their sizes, and how each looks.
func (b *Base) Seen(in bank.Input) string {
	var out []string
	before := ""
	for _, part := range in {
		var views []string
		where := ""
		for _, space := range part {
			where = b.title(space.Network) + " at " + strconv.Itoa(space.Size) + " px"
			if text := viewNames[space.View]; text != "" {
				views = append(views, text)
			}
		}
		text := where
		if where == before && len(views) > 0 {
			text = "the same"
		}
		if len(views) > 0 {
			text += ", " + strings.Join(views, " and ")
		}
		out, before = append(out, text), where
	}
	return strings.Join(out, "; ")
}

// Sees is seen of the text of an input.
func (b *Base) Sees(text string) string {
	in, err := bank.ParseInput(text)
	if err != nil {
		return text
	}
	return b.Seen(in)
}

// title is the name of a network for people.
func (b *Base) title(name string) string {
	for _, n := range b.List.Teaching {
		if n.Name == name {
			return n.Called()
		}
	}
	return name
}
