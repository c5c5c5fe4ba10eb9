package base

import (
	"fmt"
	"math"

	"homeroom/core/evaluation"
	"homeroom/core/project"
	"homeroom/wasm/words"
)

// Ring shows the accuracy of a version as a part of a ring.
func Ring(v *project.Version) *node {
	if v.Checked == 0 {
		return nil
	}
	const around = 2 * math.Pi * 15.5
	return el("svg.ring", at("viewBox", "0 0 40 40"), at("width", 44), at("height", 44), at("aria-hidden", "true"), at("focusable", "false"),
		el("circle.ring-back", at("cx", 20), at("cy", 20), at("r", 15.5)),
		el("circle.ring-part", at("cx", 20), at("cy", 20), at("r", 15.5), at("stroke-dasharray", fmt.Sprintf("%.2f %.2f", v.Accuracy*around, around)), at("transform", "rotate(-90 20 20)")))
}

// InWords says how good a version is.
func InWords(v *project.Version) string {
	if v.Checked == 0 {
		return say("learnt {1|# class|# classes} from {2|# photo|# photos}. Too few to check it on photos it has not seen.", len(v.Classes), v.Photos)
	}
	right, took := Counted(v.Accuracy, v.Checked), words.Milliseconds(1000*v.Seconds)
	if v.Checked >= evaluation.FewPhotos {
		return say("named {1} of {2|# photo|# photos} right that it had not seen ({3}), learnt in {4}.", right, v.Checked, words.Percent(v.Accuracy), took)
	}
	return say("named {1} of {2|# photo|# photos} right that it had not seen, learnt in {3}.", right, v.Checked, took)
}

// Of is how many of some photos, or their share, where they are enough for one.
func Of(part, whole int) string {
	if whole < evaluation.FewPhotos {
		return say("{1} of {2}", part, whole)
	}
	return words.Percent(float64(part) / float64(whole))
}

// Counted is how many of some photos a share of them is.
func Counted(share float64, photos int) int { return int(math.Round(share * float64(photos))) }

// ShareOf writes a share of so many photos, or of a number of them that is not known, 0.
func ShareOf(share float64, photos int) string {
	if photos == 0 {
		return words.Percent(share)
	}
	return Of(Counted(share, photos), photos)
}

// Share says how many of the photos that a version was checked on it named right.
func Share(v *project.Version) string { return ShareOf(v.Accuracy, v.Checked) }

// NamedRight goes on where [head.Share] ends, of so many photos: "8 of 9" photos, but "98%" of
// photos.
func NamedRight(photos int) string {
	if photos >= evaluation.FewPhotos {
		return say("of photos it had not seen were named right")
	}
	return say("photos it had not seen were named right")
}

// Bar is a share of some photos as a bar with its figure.
func Bar(part, whole int) *node {
	return el("span.bar-cell", at("--share", fmt.Sprintf("%.1f%%", 100*float64(part)/float64(max(1, whole)))), el("span", Of(part, whole)))
}
