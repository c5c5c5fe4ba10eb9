// Package photo turns the bytes of a picture file into what a network reads:
// decoded, turned upright, resampled, cropped and normalised.
//
// The same code runs in the native binary and in the page, and it answers as
// the usual Python stack does, because that is the stack the weights were
// trained and measured with:
//
//   - JPEG chroma is smoothed as libjpeg's "fancy upsampling" does and turned
//     into RGB with libjpeg's fixed-point rounding; WebP is treated as libwebp
//     treats it. Decoded pixels equal Pillow's, except for JPEG, where the
//     inverse DCT of the two decoders may differ by a level.
//   - Resampling equals Image.resize of Pillow 13 on 8-bit RGB, to the last bit.
//   - Resize, crop and normalise follow torchvision's Resize, CenterCrop and
//     Normalize.
//
// Files come from outside and may be hostile: the header is read and checked
// against [Limits] before any pixel is decoded, and whatever is wrong with the
// file comes back as an [Error], never as a panic.
package photo
