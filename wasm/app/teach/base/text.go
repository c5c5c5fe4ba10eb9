package base

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"homeroom/core/head"
	"homeroom/core/project"
	"homeroom/core/training"
	"homeroom/wasm/words"
)

// SentenceOf says what an edit did, as in "Moved 3 photos to Cats".
func SentenceOf(e *project.Edit) string {
	switch e.What {
	case project.AddedClass:
		return "Added the class " + e.Name
	case project.AddedClasses:
		return "Added " + words.Plural(e.Count, "class", "classes")
	case project.RenamedClass:
		return "Renamed " + e.Name + " to " + e.Into
	case project.RemovedClass:
		if e.Count > 0 {
			return "Removed the class " + e.Name + " with " + words.Photos(e.Count)
		}
		return "Removed the class " + e.Name
	case project.AddedPhotos:
		return "Added " + words.Photos(e.Count) + " to " + e.Into
	case project.AddedFolders:
		return "Added " + words.Photos(e.Count) + " in " + words.Plural(e.Folders, "class", "classes")
	case project.AddedUnlabelled:
		return "Added " + words.Photos(e.Count) + " to ask about"
	case project.LabelledPhotos:
		return "Said that " + photosOr(e) + labelledAs(e.Count) + e.Into
	case project.MovedPhotos:
		return "Moved " + photosOr(e) + " to " + e.Into
	case project.RemovedPhotos:
		return "Removed " + photosOr(e)
	case project.SaidRight:
		return "Said that " + e.Name + " is " + e.Into
	case project.RenamedProject:
		return "Renamed the project to " + e.Into
	case project.ChangedSettings:
		if e.Text == "" {
			return "Changed the settings"
		}
	case project.BroughtBack:
		return fmt.Sprintf("Brought back version %d", e.Version)
	case project.Annotated:
		return fmt.Sprintf("Noted something on version %d", e.Version)
	case project.AnswersBest:
		return fmt.Sprintf("Version %d answers in its best state", e.Version)
	case project.AnswersLast:
		return fmt.Sprintf("Version %d answers as learning ended", e.Version)
	}
	return e.Text
}

func labelledAs(photos int) string {
	if photos == 1 {
		return " is "
	}
	return " are "
}

// photosOr is the name of a single photo, or how many there are.
func photosOr(e *project.Edit) string {
	if e.Name != "" {
		return e.Name
	}
	return words.Photos(e.Count)
}

// KindName says for people what kind a head is, "" where that is not known.
func KindName(kind string) string {
	if kind == "" {
		return ""
	}
	return training.Title(head.Kind(kind))
}

// NotTried says why only these kinds of head were tried, where the person leaves the kind open.
func NotTried(kinds []head.Kind, photos, classes int) string {
	if slices.Equal(kinds, training.ForManyClasses()) {
		return "Only " + titles(kinds) + " were tried: with " + words.Plural(classes, "class", "classes") + " the other kinds take minutes. Choose one under Settings, and it is learnt."
	}
	left := slices.DeleteFunc(slices.Clone(training.Kinds[1:]), func(k head.Kind) bool { return slices.Contains(kinds, k) })
	return "The " + titles(left) + " were left out: with " + words.Photos(photos) + " they take minutes and much memory. Choose one under Settings, and it is learnt."
}

// titles names kinds of head in the middle of a sentence.
func titles(kinds []head.Kind) string {
	var names []string
	for _, k := range kinds {
		names = append(names, strings.ToLower(training.Title(k)))
	}
	return strings.Join(names, " and ")
}

// Number reads a whole number that was chosen, 0 where it is none.
func Number(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}
