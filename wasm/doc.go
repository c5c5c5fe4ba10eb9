// Homeroom's program for the browser, one module with two roles.
//
// In the page it owns what is seen: the drop zone, the queue, the cards. In a worker it owns the
// engine: it decodes a photo, shrinks it and puts it through the network. The page compiles the
// module once and hands it to every worker of its pool, so that the page itself never computes and
// never freezes.
//
//	GOOS=js GOARCH=wasm go build -o homeroom.wasm ./wasm
//
// Built for anything but a browser it says so and ends.
package main
