// LiteRT.js on the processor (XNNPACK), reading the .tflite file.
export async function load({ network, threads, input, size }) {
  const { loadLiteRt, loadAndCompile, Tensor } = await import("/peers/litertjs-core/dist/index.js");
  const folder = new URL("/peers/litertjs-core/wasm/", self.location).href;
  // In a worker its threads would otherwise take this worker's script for their own.
  self.Module = { locateFile: (file) => folder + file };
  if (threads > 1) self.Module.mainScriptUrlOrBlob = folder + "litert_wasm_threaded_internal.js";
  await loadLiteRt(folder, { threads: threads > 1 });
  const model = await loadAndCompile(`${network}.tflite`, { accelerator: "wasm", cpuOptions: { numThreads: threads } });
  const shape = [1, size, size, 3];
  let logits;
  return {
    async run() {
      const x = new Tensor(input, shape);
      const [y] = await model.run([x]);
      logits = y.toTypedArray().slice();
      y.delete();
      x.delete();
    },
    logits: () => logits,
    pixels: input,
    planar: false,
  };
}
