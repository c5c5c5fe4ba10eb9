// Package jpeg decodes JPEG files (ITU-T T.81) to the pixels that libjpeg-turbo gives by default,
// to the last bit.
//
// Sequential and progressive files are read, Huffman and arithmetic coded, and lossless ones,
// Huffman coded, with eight bits a sample, in grey, YCbCr, RGB, CMYK and YCCK, with sampling
// factors of 1 to 4 as long as each divides the largest. Networks were trained on libjpeg's pixels,
// so its choices are followed where the standard leaves them open: the inverse transform, how
// chroma is widened, how blocks of an unfinished progressive file are smoothed, and what is made of
// damaged data.
//
// A picture can be decoded at a half, a quarter or an eighth of its size, by shorter inverse
// transforms and in a fraction of the time and memory; a lossless one by means of its samples.
//
// Files come from outside and may be hostile. Nothing panics, work is bounded by the number of
// samples times scans, which [Scans] counts, and memory by the number of samples.
package jpeg
