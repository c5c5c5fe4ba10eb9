// Package model is a pack, opened: a network with its labels and its preprocessing, and the
// classifier that names photos with it.
//
// [Read] opens a pack, [NewClassifier] makes a classifier for an input size, and
// [Classifier.Classify] takes the bytes of a photo's file to its best labels. The page and the
// binary both do exactly this.
package model
