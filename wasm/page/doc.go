// Package page is the part of Homeroom that a person sees: it takes photos in, hands them to a pool of workers one by
// one, and shows what they say.
//
// What it decides without a browser (whose turn it is, how long it will take, what a saved table looks like) is
// ordinary Go, tested natively; what touches the document is built for js and wasm only. A photo is kept as the
// browser's handle on its file, never as pixels.
package page
