// Package head teaches a classifier to tell a person's own classes apart, from
// the feature vectors that a frozen backbone gave their photos.
//
// A [Bank] holds the photos: one feature vector in each feature space (a
// backbone at an input size, such as "efficientnet-lite0@224"), a name, a
// content hash, a class and a split. [Fit] learns a [Head] from it: a linear
// head (multinomial logistic regression), a small network with one hidden
// layer, nearest neighbours, class means with a shrunken covariance, or the
// average of two of them, whichever answers held-out photos best. [Evaluate]
// tells how good a head is, [Review] which photos mislead it, [LearningCurve]
// whether more photos would help.
//
// Nothing here chooses by looking at photos of the split [Test]: what is
// chosen is chosen on [Valid] photos, or by cross-validation on the [Train]
// photos where there are none.
//
// Everything is deterministic: one bank, one [Config] and one seed give one
// head. Machines differ in the last bits of float32 sums; decisions hang on
// sums in float64.
//
// The package reads and writes bytes only. It knows neither files nor a page.
package head
