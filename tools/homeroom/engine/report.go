package engine

import (
	"fmt"
	"strings"

	"homeroom/core/evaluation"
	"homeroom/tools/homeroom/console"
)

// AccuracyLine tells how many answers were right, as a share only where there are photos enough.
func AccuracyLine(r *evaluation.Report) string {
	if r.Photos < evaluation.FewPhotos {
		return fmt.Sprintf("%d of %d right", r.Correct, r.Photos)
	}
	return fmt.Sprintf("accuracy %.1f%% (95%% interval %.1f to %.1f), calibration error %.3f", 100*r.Accuracy, 100*r.Low, 100*r.High, r.ECE)
}

// PrintClasses writes a row for each class: precision, recall and what its photos were taken for.
func PrintClasses(s *strings.Builder, r *evaluation.Report) {
	width := 5
	for _, c := range r.Classes {
		width = max(width, len([]rune(c.Name)))
	}
	fmt.Fprintf(s, "  %-*s  photos  precision  recall  taken for\n", width, "class")
	for k, c := range r.Classes {
		var other []string
		for d, n := range r.Confusion[k] {
			if d != k && n > 0 {
				other = append(other, fmt.Sprintf("%s %d", r.Classes[d].Name, n))
			}
		}
		recall, precision := "–", "–" // of nothing
		if c.Photos > 0 {
			recall = evaluation.Share(r.Confusion[k][k], c.Photos, console.Percent)
		}
		if c.Answered > 0 {
			precision = evaluation.Share(r.Confusion[k][k], c.Answered, console.Percent)
		}
		fmt.Fprintf(s, "  %-*s  %6d  %9s  %6s  %s\n", width, c.Name, c.Photos, precision, recall, strings.Join(other, ", "))
	}
}
