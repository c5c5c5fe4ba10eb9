// Homeroom, reading the .pack that its own converter made of the same network.

// A module with f32x4.relaxed_madd in it: valid where there is relaxed SIMD.
const relaxed = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 20, 1, 18, 0,
  65, 0, 253, 17, 65, 0, 253, 17, 65, 0, 253, 17, 253, 133, 2, 26, 11,
]);

// Starts the program for a number of threads, in the build for relaxed SIMD where the browser has it and it may, and gives its threads.
export async function start(threads, mayRelax = true) {
  importScripts("/homeroom/wasm_exec.js", "/homeroom/threads.js");
  // Threads is a class of the scripts above, which a module does not see as a variable of its own.
  const Threads = (0, eval)("Threads");
  const name = mayRelax && WebAssembly.validate(relaxed) ? "homeroom-relaxed.wasm" : "homeroom.wasm";
  const answer = await fetch(`/homeroom/${name}`);
  const shared = Threads.canShare();
  const program = await WebAssembly.compileStreaming(new Response(Threads.fit(answer.body, shared), { headers: { "Content-Type": "application/wasm" } }));
  const go = new Go();
  const own = new Threads(program, shared, threads, "/homeroom/helper.js");
  const instance = await own.instantiate(program, go);
  await new Promise((ready, failed) => {
    self.homeroomReady = ready;
    go.run(instance).then(() => failed(new Error("its program ended")), failed);
  });
  return own;
}

export async function load({ network, threads, input, size }, mayRelax = true) {
  const own = await start(threads, mayRelax);
  const pack = new Uint8Array(await (await fetch(`${network}.pack`)).arrayBuffer());
  const fault = await homeroomBench.load(pack, new Uint8Array(input.buffer), size, threads);
  if (fault) throw new Error(fault);
  const logits = new Float32Array(1000), bytes = new Uint8Array(logits.buffer);
  return {
    run() {
      homeroomBench.run(bytes);
    },
    logits: () => logits,
    layers: (runs) => JSON.parse(homeroomBench.layers(runs)),
    memory: () => own.memory.buffer.byteLength,
  };
}
