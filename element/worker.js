// Runs the engine. The scripts that start Go programs stand before this one in the same file. The page sends {program} once, an
// address or the bytes, gzipped; everything after that is the engine's own.
"use strict";

// Calls back with what comes, for the program.
self.hear = (event, heard) => self.addEventListener(event, ({ data }) => heard(data));

self.addEventListener("message", async ({ data }) => {
  try {
    let { program } = data;
    let got = 0, whole = 0, body;
    if (typeof program === "string") {
      const response = await fetch(program);
      if (!response.ok) throw new Error(`the server answered ${response.status} for ${program}`);
      whole = Number(response.headers.get("Content-Length")) || 0;
      body = response.body;
    } else {
      body = new Blob([program]).stream();
    }
    let first = true, unpack = true;
    const counted = body.pipeThrough(new TransformStream({
      transform(chunk, out) {
        got += chunk.byteLength;
        self.postMessage({ kind: "loading", loaded: got, total: whole });
        out.enqueue(chunk);
      },
    }));
    // A server may have unpacked it on the way.
    const [look, rest] = counted.tee();
    const reader = look.getReader();
    while (first) {
      const { value, done } = await reader.read();
      if (done) throw new Error("the engine is empty");
      if (value.byteLength > 1) {
        unpack = value[0] === 0x1f && value[1] === 0x8b;
        first = false;
      }
    }
    reader.cancel();
    const stream = unpack ? rest.pipeThrough(new DecompressionStream("gzip")) : rest;
    const go = new Go();
    const { instance } = await WebAssembly.instantiateStreaming(new Response(stream, { headers: { "Content-Type": "application/wasm" } }), go.importObject);
    await go.run(instance);
    throw new Error("the engine ended");
  } catch (fault) {
    self.postMessage({ kind: "ended", error: String(fault && fault.message || fault) });
  }
}, { once: true });
