// One engine of the pool. The page posts the compiled program once; the program then answers the page itself.
"use strict";

importScripts("wasm_exec.js", "crew.js");

self.addEventListener("message", async ({ data }) => {
  // The lock lives as long as this worker, so whoever waits for it learns of its end, whatever ended it.
  if (navigator.locks) {
    await new Promise((held) => navigator.locks.request(data.lock, () => (held(), new Promise(() => {}))));
  }
  let why = "its program ended";
  try {
    const go = new Go();
    go.argv = ["homeroom", "worker"];
    go.exit = (code) => { why = `its program ended with status ${code}`; };
    await go.run(await new Crew(data.module, data.shared, data.threads).instantiate(data.module, go));
  } catch (fault) {
    why = String(fault && fault.message || fault);
  }
  self.postMessage({ kind: "ended", error: why });
}, { once: true });
