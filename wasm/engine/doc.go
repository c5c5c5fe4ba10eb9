// Package engine is the engine's side of the page: it opens a pack and names the photos that it is
// handed, one at a time.
//
// A photo arrives as the browser's handle on a file. It is read, decoded, made into a thumbnail,
// shrunk to the network's input and answered; only the thumbnail and the answer go back. What needs
// no browser is ordinary Go, tested natively.
package engine
