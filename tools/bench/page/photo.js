// From the bytes of a photo to the input of a network, by Homeroom and by the browser itself.

// start gives the engine's half of homeroom.js without a network.
import { start } from "./homeroom.js";

// What the browser's own way gives is not what networks were trained on: it is what it costs to read the pixels at all.
// A canvas of the photo's own size is read back whole, as Homeroom's decoder gives it whole.
async function byBrowser(file) {
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image", premultiplyAlpha: "none" });
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d", { willReadFrequently: true, alpha: false });
  context.drawImage(bitmap, 0, 0);
  const pixels = context.getImageData(0, 0, bitmap.width, bitmap.height).data;
  bitmap.close();
  return pixels[pixels.length - 2];
}

// Times both in turn, rounds times each after one for warmth. The answer is in milliseconds: {homeroom, decode, resize,
// browser}, lists all. decode and resize are parts of homeroom.
export async function photo({ url, rounds }) {
  await start(1);
  const file = await (await fetch(url)).blob();
  const bytes = new Uint8Array(await file.arrayBuffer());
  const answer = { homeroom: [], decode: [], resize: [], browser: [] };
  for (let round = -1; round < rounds; round++) {
    const times = {};
    const timed = async (name, f) => {
      const begin = performance.now();
      const out = await f();
      times[name] = performance.now() - begin;
      return out;
    };
    const parts = await timed("homeroom", () => homeroomBench.photo(bytes));
    if (parts.error) throw new Error(parts.error);
    Object.assign(times, parts);
    await timed("browser", () => byBrowser(file));
    if (round >= 0) for (const name in answer) answer[name].push(times[name]);
  }
  return answer;
}
