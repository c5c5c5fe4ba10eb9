// The worker of one engine. It loads the engine's own script, which gives
//
//   load({network, threads, input, shape}) → {run(), logits(), memory()}
//
// input is the photo as the networks see it, Float32Array [size][size][3]. run() takes it from there to the logits in
// an array of the worker's, whatever copies that needs, and may be a promise. memory() is the engine's linear memory
// in bytes, where it can be told. A peer gives also pixels, the Float32Array that run() reads each time, and planar, which
// says that it is [3][size][size].
"use strict";

let engine;

const answers = {
  async load({ engine: name, network, threads }) {
    const { load } = await import(`./${name}.js`);
    const bytes = await fetchBytes(`/models/${network}.input.f32`);
    const input = new Float32Array(bytes);
    const size = Math.round(Math.sqrt(input.length / 3));
    const start = performance.now();
    engine = await load({ network: `/models/${network}`, threads, input, size });
    return { load: performance.now() - start };
  },

  async warm({ runs }) {
    for (let i = 0; i < runs; i++) await engine.run();
    return { logits: engine.logits() };
  },

  async run({ runs }) {
    const times = [];
    for (let i = 0; i < runs; i++) {
      const start = performance.now();
      await engine.run();
      times.push(performance.now() - start);
    }
    return { times };
  },

  layers: ({ runs }) => ({ profile: engine.layers(runs) }),

  async photo(job) {
    return { photo: await (await import("./photo.js")).photo(job) };
  },

  // Names whole photos, files all, ahead of which the browser decodes so many; see files.js.
  async name({ files, ahead }) {
    const { name } = await import("./files.js");
    const start = performance.now();
    const best = await name(engine, files, ahead);
    return { ms: performance.now() - start, best };
  },

  async teach({ engine: name, job }) {
    engine = await (await import("./teach.js")).open[name](job);
    return {};
  },

  learn: () => engine.learn(),

  memory: () => ({ memory: engine.memory ? engine.memory() : 0 }),
};

async function fetchBytes(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer.arrayBuffer();
}

self.onmessage = async ({ data }) => {
  try {
    self.postMessage(await answers[data.kind](data));
  } catch (fault) {
    self.postMessage({ error: String(fault && fault.message || fault) });
  }
};
