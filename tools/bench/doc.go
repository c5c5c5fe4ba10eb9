// Command bench measures Homeroom and its peers side by side, in one run of one Chromium, and
// natively.
//
//	go run ./tools/bench                                   # everything; make bench does this
//	go run ./tools/bench --networks resnet50 --threads 1   # one network
//	go run ./tools/bench --parts native                    # the native engines alone
//	go run ./tools/bench --parts whole,photo               # whole photos of cameras; make bench PARTS=whole,photo
//	go run ./tools/bench --merge --networks vgg16          # one network anew, the rest as measured before
//	go run ./tools/bench --smoke                           # that the bench itself works; make bench-smoke does this
//
// All engines get the same network with the same weights, made as an .onnx file by
// tools/reference/bench_models.py, and the same input; their logits must agree with PyTorch's
// before their times count. Each lives in a worker of its own, and they take turns, so that what
// else the machine does hits all alike. The times are medians after warm-up, from the input in an
// array of the page's to the logits in another.
//
// Whole photos, from files to names, are JPEGs of 12 megapixels that
// tools/reference/bench_photos.py makes of photographs in Debian's packages, which apt-get fetches;
// elsewhere --pictures names a folder with their contents. The browser decodes for the peers, ahead
// of the network, and Pillow natively.
//
// The peers are packages that npm fetches, pinned by version and checksum, and are kept with the
// networks in the user's cache directory. The page and everything in it is served from loopback,
// with the headers that threads need.
//
// It needs GOTOOLCHAIN and GOEXPERIMENT as the Makefile sets them, and refuses to measure a build
// without vector instructions unasked.
//
// The results go to BENCHMARKS.md and bench/latest.json.
package main
