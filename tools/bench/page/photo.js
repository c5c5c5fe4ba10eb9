// From the bytes of photos to the input of a network, on one thread, by Homeroom and by the browser itself.

// start gives the engine's half of homeroom.js without a network.
import { start } from "./homeroom.js";
import { bitmapOf, fill } from "./files.js";

// Times both in turn on every photo, rounds times after one for warmth. The answer has lists of the means for a photo, in
// milliseconds: {homeroom, decode, resize, browser}. decode and resize are parts of homeroom.
export async function photo({ photos, rounds }) {
  await start(1);
  const files = await Promise.all(photos.map(async (url) => (await fetch(url)).blob()));
  const pixels = new Float32Array(224 * 224 * 3);
  const answer = { homeroom: [], decode: [], resize: [], browser: [] };
  for (let round = -1; round < rounds; round++) {
    const times = { homeroom: 0, decode: 0, resize: 0, browser: 0 };
    const timed = async (name, f) => {
      const begin = performance.now();
      const out = await f();
      times[name] += (performance.now() - begin) / files.length;
      return out;
    };
    for (const file of files) {
      const bytes = new Uint8Array(await file.arrayBuffer());
      const parts = await timed("homeroom", () => homeroomBench.photo(bytes));
      if (parts.error) throw new Error(parts.error);
      times.decode += parts.decode / files.length;
      times.resize += parts.resize / files.length;
      await timed("browser", async () => fill(pixels, false, await bitmapOf(file)));
    }
    if (round >= 0) for (const name in answer) answer[name].push(times[name]);
  }
  return answer;
}
