// Package models knows the networks of the field: what layers each variant has, under which names
// its checkpoints keep their parameters, and how its photos are prepared.
//
// [Build] makes a network out of a checkpoint's tensors. Each family has a file of its own.
package models
