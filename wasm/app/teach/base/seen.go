package base

import (
	"strings"

	"homeroom/core/bank"
	"homeroom/core/feature"
)

// viewNames say for people how a network looks at a photo.
var viewNames = map[feature.View]string{
	feature.Flip: say("mirrored too"), feature.Wide: say("the whole photo"), feature.Close: say("closer"), feature.Bright: say("brighter"), feature.Dark: say("darker"),
}

// Seen says what a head sees of a photo: networks with their sizes, and how each looks.
func (b *Base) Seen(in bank.Input) string {
	var out []string
	before := ""
	for _, part := range in {
		var views []string
		where := ""
		for _, space := range part {
			where = say("{1} at {2} px", b.title(space.Network), space.Size)
			if text := viewNames[space.View]; text != "" {
				views = append(views, text)
			}
		}
		text := where
		if where == before && len(views) > 0 {
			text = say("the same")
		}
		if len(views) > 0 {
			text = say("{1}, {2}", text, anded(views))
		}
		out, before = append(out, text), where
	}
	return strings.Join(out, "; ")
}

// anded is one thing after the other, with a word before the last.
func anded(list []string) string {
	out := list[0]
	for _, one := range list[1:] {
		out = say("{1} and {2}", out, one)
	}
	return out
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
