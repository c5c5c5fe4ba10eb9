// Package photo turns the bytes of a picture file into what a network reads: decoded, turned
// upright, resampled, cropped and normalised.
//
// The same code runs in the native binary and in the page, and it answers as the usual Python stack
// does, because that is the stack the weights were trained and measured with:
//
//   - JPEG is decoded as libjpeg-turbo does by default, WebP as libwebp does.
//     Decoded pixels equal Pillow's.
//   - Resampling equals Image.resize of Pillow 13 on 8-bit RGB, to the last bit.
//   - Resize, crop and normalise follow torchvision's Resize, CenterCrop and
//     Normalize.
//
// Files come from outside and may be hostile: the header is read and checked against [Limits]
// before any pixel is decoded, and whatever is wrong with the file comes back as an [Error], never
// as a panic.
package photo
