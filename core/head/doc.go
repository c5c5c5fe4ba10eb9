// Package head answers which of a person's classes a photo shows, from the feature vectors that a
// frozen backbone gave it, and where in the photo it is seen.
//
// A [Head] is what homeroom/core/training learns: layers or a memory over standardised features, a
// temperature that makes its probabilities honest, and a threshold of the unknown. It is written
// and read as bytes, which are trusted in nothing.
package head
