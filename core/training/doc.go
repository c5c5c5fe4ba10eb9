// Package training teaches a classifier to tell a person's own classes apart, from the feature
// vectors that a frozen backbone gave their photos.
//
// [Fit] learns a [head.Head] from the photos of a [bank.Bank]: a linear head (multinomial logistic
// regression), a small network with one hidden layer, nearest neighbours, class means with a
// shrunken covariance, or the average of two of them, whichever answers held-out photos best.
// [LearningCurve] tells whether more photos would help.
//
// Nothing here chooses by looking at photos of the split [bank.Test]: what is chosen is chosen on
// [bank.Valid] photos, or by cross-validation on the [bank.Train] photos where there are none.
//
// Everything is deterministic: one bank, one [Config] and one seed give one head. Machines differ
// in the last bits of float32 sums; decisions hang on sums in float64.
//
// The package reads and writes no bytes. It knows neither files nor a page.
package training
