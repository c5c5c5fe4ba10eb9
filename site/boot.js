// Starts Homeroom: checks the browser, fetches and compiles the program once, and hands it to its page role.
// Everything after that is the program's own work.
"use strict";

(() => {
  const root = document.documentElement;
  const byID = (id) => document.getElementById(id);
  const single = "single" in root.dataset; // the whole page is one file

  // The smallest module with a 128-bit vector in it: one function that returns v128.const 0.
  const vectors = new Uint8Array([
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    1, 5, 1, 0x60, 0, 1, 0x7b,
    3, 2, 1, 0,
    10, 22, 1, 20, 0, 0xfd, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 11,
  ]);

  // The same with f32x4.relaxed_madd of three zero vectors. Engines that have it multiply and add in one instruction.
  const zero = [0xfd, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  const relaxed = new Uint8Array([
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    1, 5, 1, 0x60, 0, 1, 0x7b,
    3, 2, 1, 0,
    10, 61, 1, 59, 0, ...zero, ...zero, ...zero, 0xfd, 0x85, 2, 11,
  ]);

  function fail(what, why, todo, retry) {
    root.dataset.error = `${what} ${why}`;
    byID("load").hidden = true;
    byID("fault-what").textContent = what;
    byID("fault-why").textContent = why;
    byID("fault-do").textContent = todo;
    byID("retry").hidden = !retry;
    byID("retry").onclick = () => {
      delete root.dataset.error;
      location.reload();
    };
    byID("status-text").textContent = "Not ready";
    byID("fault").hidden = false;
  }

  function missing() {
    if (typeof WebAssembly !== "object" || typeof WebAssembly.compileStreaming !== "function") return "WebAssembly";
    if (!WebAssembly.validate(vectors)) return "WebAssembly SIMD";
    if (typeof Worker !== "function") return "Web Workers";
    if (typeof TransformStream !== "function") return "streams";
    if (single && typeof DecompressionStream !== "function") return "streams that unpack";
    return "";
  }

  // Fetches what the program will ask for.
  function ahead(href) {
    if (single) return; // it is here
    const link = document.createElement("link");
    Object.assign(link, { rel: "preload", as: "fetch", crossOrigin: "anonymous", href });
    document.head.append(link);
  }

  const megabytes = (bytes) => (bytes / 1e6).toFixed(1);

  async function compile(path, shared) {
    const response = await fetch(path);
    if (!response.ok) throw new Error(`the server answered ${response.status} for ${path}`);
    // With compression the length that the server states is not the length that arrives here.
    const length = response.headers.get("Content-Encoding") ? 0 : Number(response.headers.get("Content-Length")) || 0;
    let got = 0, shown = 0;
    const counted = response.body.pipeThrough(new TransformStream({
      transform(chunk, out) {
        got += chunk.byteLength;
        if (performance.now() - shown > 100) {
          shown = performance.now();
          byID("load-text").textContent = `Fetching Homeroom: ${megabytes(got)}${length ? ` of ${megabytes(length)}` : ""} MB`;
          if (length) byID("load-bar").value = Math.min(1, got / length);
        }
        out.enqueue(chunk);
      },
    }));
    const module = await WebAssembly.compileStreaming(new Response(Crew.fit(counted, shared), { headers: { "Content-Type": "application/wasm" } }));
    byID("load-bar").removeAttribute("value");
    return module;
  }

  // A newer build may have been fetched during the last visit: let it take over before anything is on the page.
  async function update() {
    const registration = await navigator.serviceWorker.getRegistration();
    if (!registration || !registration.waiting) return false;
    await new Promise((taken) => {
      navigator.serviceWorker.addEventListener("controllerchange", taken, { once: true });
      setTimeout(taken, 2000);
      registration.waiting.postMessage("take over");
    });
    location.reload();
    return true;
  }

  // Offline copies are made once the page has nothing to do for the first time, so that they do not slow its start.
  function keepOffline() {
    const start = () => {
      watch.disconnect();
      clearTimeout(late);
      navigator.serviceWorker.register(WebAssembly.validate(relaxed) ? "sw.js?program=relaxed" : "sw.js").catch(() => {});
    };
    const late = setTimeout(start, 20000);
    const watch = new MutationObserver(() => {
      if (root.dataset.state === "ready" || root.dataset.error) start();
    });
    watch.observe(root, { attributes: true, attributeFilter: ["data-state", "data-error"] });
  }

  async function boot() {
    const lacking = missing();
    if (lacking) {
      fail("This browser cannot run Homeroom.", `It has no ${lacking}.`,
        "Please open the page in a current Chrome, Edge, Firefox or Safari (16.4 or later).", false);
      return;
    }
    const offline = "serviceWorker" in navigator && !single;
    if (offline && await update().catch(() => false)) return;
    if (offline) keepOffline();
    let why = "its program stopped";
    try {
      const shared = Crew.canShare();
      // The first engine reads its scripts, and the list of networks and the first of them come, while the program does.
      const engine = new Worker("worker.js");
      engine.onerror = (e) => {
        e.preventDefault();
        if (globalThis.homeroom) globalThis.homeroom.engine = null; // the page makes another, which complains in its own way
      };
      ahead("weights/catalog.json");
      const usual = location.hash !== "#teach" && !new URLSearchParams(location.search).has("model");
      if (root.dataset.first && usual) ahead(root.dataset.first);
      const module = await compile(WebAssembly.validate(relaxed) ? "homeroom-relaxed.wasm" : "homeroom.wasm", shared);
      globalThis.homeroom = { module, shared, engine };
      const go = new Go();
      go.argv = ["homeroom", "page"];
      await go.run(await new Crew(module, shared, 1).instantiate(module, go));
    } catch (fault) {
      why = String(fault && fault.message || fault);
    }
    root.dataset.state = "loading";
    fail("Homeroom could not start.", `The reason given: ${why}.`,
      single ? "Press Retry. If it stays like this, this file may be incomplete: copy it again from where you have it."
        : "Check your connection, then press Retry. If it stays like this, a file of the page may be missing from its server.", true);
  }

  boot();
})();
