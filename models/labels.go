package models

import (
	_ "embed"
	"strings"
)

//go:embed imagenet_labels.txt
var imagenetLabels string

// ImageNetLabels returns the names of the 1000 classes of ImageNet-1k
// (Russakovsky et al. 2015, arXiv 1409.0575), in the order of the logits.
// Licence and source: LICENCES.md.
func ImageNetLabels() []string { return strings.Split(strings.TrimSpace(imagenetLabels), "\n") }
