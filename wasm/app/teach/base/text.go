package base

import (
	"slices"
	"strconv"

	"homeroom/core/head"
	"homeroom/core/project"
	"homeroom/core/training"
	"homeroom/wasm/text"
	"homeroom/wasm/words"
)

// SentenceOf says what an edit did, as in "Moved 3 photos to Cats".
func SentenceOf(e *project.Edit) string {
	switch e.What {
	case project.AddedClass:
		return say("Added the class {1}", e.Name)
	case project.AddedClasses:
		return say("Added {1|# class|# classes}", e.Count)
	case project.RenamedClass:
		return say("Renamed {1} to {2}", e.Name, e.Into)
	case project.RemovedClass:
		if e.Count > 0 {
			return say("Removed the class {1} with {2|# photo|# photos}", e.Name, e.Count)
		}
		return say("Removed the class {1}", e.Name)
	case project.AddedPhotos:
		return say("Added {1|# photo|# photos} to {2}", e.Count, e.Into)
	case project.AddedFolders:
		return say("Added {1|# photo|# photos} in {2|# class|# classes}", e.Count, e.Folders)
	case project.AddedUnlabelled:
		return say("Added {1|# photo|# photos} to ask about", e.Count)
	case project.LabelledPhotos:
		if e.Name != "" {
			return say("Said that {1} is {2}", e.Name, e.Into)
		}
		return say("Said that {1|# photo is|# photos are} {2}", e.Count, e.Into)
	case project.MovedPhotos:
		return say("Moved {1} to {2}", photosOr(e), e.Into)
	case project.RemovedPhotos:
		return say("Removed {1}", photosOr(e))
	case project.SaidRight:
		return say("Said that {1} is {2}", e.Name, e.Into)
	case project.RenamedProject:
		return say("Renamed the project to {1}", e.Into)
	case project.ChangedSettings:
		if e.Text == "" {
			return say("Changed the settings")
		}
	case project.BroughtBack:
		return say("Brought back version {1}", e.Version)
	case project.Annotated:
		return say("Noted something on version {1}", e.Version)
	case project.AnswersBest:
		return say("Version {1} answers in its best state", e.Version)
	case project.AnswersLast:
		return say("Version {1} answers as learning ended", e.Version)
	}
	return text.Known(e.Text)
}

// photosOr is the name of a single photo, or how many there are.
func photosOr(e *project.Edit) string {
	if e.Name != "" {
		return e.Name
	}
	return words.Photos(e.Count)
}

// kindNames are the kinds of heads for people.
var kindNames = map[head.Kind]string{
	training.Linear: say("Linear"), training.KNN: say("Nearest photos"), training.Means: say("Class means"), training.MLP: say("Small network"), training.Blend: say("Linear and class means"), head.Auto: say("Whichever answers best"),
}

// KindName says for people what kind a head is, "" where that is not known.
func KindName(kind string) string {
	if kind == "" {
		return ""
	}
	if says := kindNames[head.Kind(kind)]; says != "" {
		return says
	}
	return text.Known(training.Title(head.Kind(kind)))
}

// NotTried says why only these kinds of head were tried, where the person leaves the kind open.
func NotTried(kinds []head.Kind, photos, classes int) string {
	if slices.Equal(kinds, training.ForManyClasses()) {
		return say("Only these were tried: {1}. With {2|# class|# classes} the other kinds take minutes. Choose one under Settings, and it is learnt.", titles(kinds), classes)
	}
	left := slices.DeleteFunc(slices.Clone(training.Kinds[1:]), func(k head.Kind) bool { return slices.Contains(kinds, k) })
	return say("These were left out: {1}. With {2|# photo|# photos} they take minutes and much memory. Choose one under Settings, and it is learnt.", titles(left), photos)
}

// titles names kinds of head.
func titles(kinds []head.Kind) string {
	var names []string
	for _, k := range kinds {
		names = append(names, KindName(string(k)))
	}
	return text.List(names)
}

// English is what a message says in English, for what is written down.
func English(says string) string { return text.English.Words(says) }

// Number reads a whole number that was chosen, 0 where it is none.
func Number(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}
