// Package store keeps projects in the browser's IndexedDB: features, thumbnails, labels, heads and
// settings, never the photos themselves.
//
// What one Write is given is kept as a whole or not at all.
package store
