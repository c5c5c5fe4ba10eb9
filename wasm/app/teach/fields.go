package teach

import "homeroom/wasm/markup"

// field is something that can be chosen, with a label and a text that explains it.
func field(id, label, text string, control *node) *node {
	control.Attrs = append(control.Attrs, at("id", id), at("aria-describedby", id+"-text"))
	return el("div.setting", key(id), el("label", at("for", id), label), control, el("p.quiet", at("id", id+"-text"), text))
}

// check is a box.
func check(id, label, text string, on bool, did markup.Did) *node {
	return el("div.setting", key(id), el("label.check", el("input", at("type", "checkbox"), at("id", id), flag("checked", on), at("aria-describedby", id+"-text"), did), el("span", label)), el("p.quiet", at("id", id+"-text"), text))
}
