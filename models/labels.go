package models

import (
	_ "embed"
	"strings"
)

// Sets of labels.
const (
	ImageNet = "imagenet" // the 1000 classes of ImageNet-1k
	CIFAR10  = "cifar10"  // the 10 classes of CIFAR-10
)

//go:embed imagenet_labels.txt
var imagenetLabels string

// ImageNetLabels returns the names of the 1000 classes of ImageNet-1k (Russakovsky et al. 2015,
// arXiv 1409.0575), in the order of the logits. Licence and source: LICENCES.md.
func ImageNetLabels() []string { return strings.Split(strings.TrimSpace(imagenetLabels), "\n") }

// CIFAR10Labels returns the names of the classes of CIFAR-10 (Krizhevsky 2009, Learning Multiple
// Layers of Features from Tiny Images), in the order of the logits.
func CIFAR10Labels() []string {
	return []string{"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"}
}

// Labels returns the labels of a set, or nil where there is no such set.
func Labels(set string) []string {
	switch set {
	case ImageNet:
		return ImageNetLabels()
	case CIFAR10:
		return CIFAR10Labels()
	}
	return nil
}

// labelSet returns the set of labels that a variant with so many classes was trained on, or ""
// where that is not known.
func labelSet(arch string, classes int) string {
	switch {
	case classes == 1000:
		return ImageNet
	case classes == 10 && strings.HasSuffix(arch, cifarSuffix):
		return CIFAR10
	}
	return ""
}
