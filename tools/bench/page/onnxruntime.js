// ONNX Runtime Web on its WebAssembly back end, reading the .onnx file.
import { planes } from "./channels.js";

export async function load({ network, threads, input, size }) {
  const ort = await import("/peers/onnxruntime-web/dist/ort.wasm.min.mjs");
  ort.env.wasm.wasmPaths = new URL("/peers/onnxruntime-web/dist/", self.location).href;
  ort.env.wasm.numThreads = threads;
  const session = await ort.InferenceSession.create(`${network}.onnx`, {
    executionProviders: ["wasm"],
    graphOptimizationLevel: "all",
  });
  const pixels = planes(input, size);
  const feed = { [session.inputNames[0]]: new ort.Tensor("float32", pixels, [1, 3, size, size]) };
  const out = session.outputNames[0];
  let logits;
  return {
    async run() {
      logits = (await session.run(feed))[out].data;
    },
    logits: () => logits,
    pixels,
    planar: true,
  };
}
