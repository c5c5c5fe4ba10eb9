// Package checkpoint reads the files in which frameworks keep the weights of a network:
//
//   - PyTorch's .pt and .pth, the zip archives of today and the format before 1.6; state dicts,
//     checkpoints that hold one, and whole pickled modules;
//   - safetensors;
//   - numpy's .npz and .npy, and pickles of numpy arrays.
//
// [Open] tells the format by the content. Tensors are listed at once and read when asked for, so
// that a file of half a gigabyte is converted in little more memory than its largest tensor takes.
// ONNX files, which hold a graph too, are read by the package onnx.
//
// # Safety
//
// Such files come from anywhere. A pickle is a program, and is never run: see the package pickle.
// What PyTorch would call becomes a record; of these the few that make tensors are understood, a
// short list of others is passed over, and the first call of anything else refuses the file by that
// name. Classes of modules may be anybody's, for nothing of theirs is needed but the name. In every
// format, lengths and offsets are compared with the file before they are used, nothing is allocated
// on a claim alone, tensors must lie within their storages, and depth, sharing and the number of
// objects are bounded. Where the format has checksums (zip), they are verified when a storage is
// read as a whole.
package checkpoint
