// From the file of a photo to a network's input by what the browser has, as fast as that goes: createImageBitmap decodes,
// turns and shrinks on threads of its own, and only the middle is read back.

const SIZE = 224, SHORTER = 256;

// How large a bitmap is asked for, by its width: of 4:3 the shorter side is what the network's pre-processing wants. One
// that stands comes out larger, because nothing tells beforehand.
const width = Math.round((SHORTER * 4) / 3);

export const bitmapOf = (file) => createImageBitmap(file, { resizeWidth: width, resizeQuality: "medium", premultiplyAlpha: "none" });

const canvas = new OffscreenCanvas(SIZE, SIZE);
const context = canvas.getContext("2d", { willReadFrequently: true, alpha: false });

// Writes the input of EfficientNet-Lite0 into pixels, [SIZE][SIZE][3] or, planar, [3][SIZE][SIZE].
export function fill(pixels, planar, bitmap) {
  const side = (Math.min(bitmap.width, bitmap.height) * SIZE) / SHORTER;
  context.drawImage(bitmap, (bitmap.width - side) / 2, (bitmap.height - side) / 2, side, side, 0, 0, SIZE, SIZE);
  bitmap.close();
  const { data } = context.getImageData(0, 0, SIZE, SIZE);
  const n = SIZE * SIZE;
  if (planar) {
    for (let i = 0; i < n; i++) {
      pixels[i] = (data[4 * i] - 127) / 128;
      pixels[n + i] = (data[4 * i + 1] - 127) / 128;
      pixels[2 * n + i] = (data[4 * i + 2] - 127) / 128;
    }
    return;
  }
  for (let i = 0, k = 0; i < 4 * n; i += 4) {
    pixels[k++] = (data[i] - 127) / 128;
    pixels[k++] = (data[i + 1] - 127) / 128;
    pixels[k++] = (data[i + 2] - 127) / 128;
  }
}

// Gives the best class of each file, while the next ones are decoded.
export async function name(engine, files, ahead) {
  const waiting = [], best = [];
  let next = 0;
  const more = () => {
    if (next < files.length) waiting.push(bitmapOf(files[next++]));
  };
  for (let i = 0; i <= ahead; i++) more();
  while (waiting.length > 0) {
    fill(engine.pixels, engine.planar, await waiting.shift());
    more();
    await engine.run();
    const logits = engine.logits();
    best.push(logits.indexOf(Math.max(...logits)));
  }
  return best;
}
