// Starts Homeroom: keeps what is given to the page before the program listens, checks the browser, fetches and compiles the program
// once, and hands it to its page role. Everything after that is the program's own work.
"use strict";

(() => {
  const root = document.documentElement;
  const byID = (id) => document.getElementById(id);
  // What the browser keeps for this tab alone; null where it keeps nothing.
  const session = (() => {
    try {
      return sessionStorage;
    } catch {
      return null;
    }
  })();
  // Photos that come back take the place of those that the page opens on.
  if (Number((session?.getItem("homeroom session") ?? "").split(" ")[2]) > 0) root.dataset.returning = "";
  const single = () => "single" in root.dataset; // the whole page is one file

  // A page that is being left doesn't call on the program: whatever else of it was ready to run would run too, and the browser
  // refuses pictures that are asked for at that moment.
  addEventListener("beforeunload", (event) => {
    if ("leaving" in root.dataset) event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") dispatchEvent(new Event("homeroom seen"));
  });

  // Languages. A text of this page, of its scripts and of its program is known to a language by its English; what is in the page
  // from the beginning is put into words here, block by block, with the elements in a block as <1>…</1>, numbered as they come.
  const speech = (() => {
    const known = Object.fromEntries((root.dataset.languages || "").split(" ").filter(Boolean).map((code) => [code.split(".")[0], code.endsWith(".rtl") ? "rtl" : "ltr"]));
    const kept = "homeroom language";
    let words = {}, labels = {}, code = "en", json = "", blocks = null;

    // The one that the address names, or else was chosen here before, or else the first of the browser's that there is.
    function wanted() {
      let chosen = null;
      try {
        chosen = localStorage.getItem(kept);
      } catch {
        // This page keeps nothing here.
      }
      const first = (tag) => tag.toLowerCase().split("-")[0];
      for (const tag of [new URLSearchParams(location.search).get("lang"), chosen, ...navigator.languages || []]) {
        const found = tag && ["en", ...Object.keys(known)].find((k) => k.toLowerCase() === tag.toLowerCase() || first(k) === first(tag));
        if (found) return found;
      }
      return "en";
    }

    const say = (english, ...args) => (words[english] || english).replace(/\{(\d)\}/g, (_, n) => args[n - 1]);
    const tidy = (text) => text.replace(/\s+/g, " ").trim();
    const letters = /\p{L}/u;

    // The text of an element with its elements in it, in the order in which they come.
    function written(element, within) {
      let text = "";
      for (const node of element.childNodes) {
        if (node.nodeType === Node.TEXT_NODE) text += node.data;
        else if (node.nodeType === Node.ELEMENT_NODE) {
          const n = within.push(node);
          text += `<${n}>${written(node, within)}</${n}>`;
        }
      }
      return text;
    }

    // All that stands in the page before the program draws in it.
    function collect(element, out) {
      if (element.getAttribute("translate") === "no" || ["SCRIPT", "STYLE", "NOSCRIPT", "svg"].includes(element.nodeName)) return;
      for (const name of ["aria-label", "title", "placeholder", "alt"]) {
        const english = element.getAttribute(name);
        if (english && letters.test(english)) out.push({ element, name, english, now: english });
      }
      if ([...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && letters.test(node.data))) {
        const within = [];
        out.push({ element, within, english: tidy(written(element, within)), now: element.textContent });
        for (const inner of within) for (const name of ["aria-label", "title"]) if (inner.hasAttribute(name)) out.push({ element: inner, name, english: inner.getAttribute(name), now: inner.getAttribute(name) });
        return;
      }
      for (const kid of element.children) collect(kid, out);
    }

    function fill(element, pieces, within) {
      element.textContent = "";
      for (let piece = pieces.shift(); piece !== undefined; piece = pieces.shift()) {
        const tag = /^<(\/?)(\d+)>$/.exec(piece);
        if (!tag) element.append(piece);
        else if (tag[1]) return;
        else {
          const kid = within[tag[2] - 1];
          fill(kid, pieces, within);
          element.append(kid);
        }
      }
    }

    function put(block) {
      const { element, name, english, within } = block;
      const label = labels[element.dataset.name];
      const text = label ? say(element.dataset.says, label) : words[english] || english;
      if (name) {
        if (element.getAttribute(name) === block.now) element.setAttribute(name, block.now = text);
        return;
      }
      if (element.textContent !== block.now) return; // the program has drawn there
      fill(element, text.split(/(<\/?\d+>)/).filter(Boolean), within);
      block.now = element.textContent;
      if (text === english && code !== "en") element.lang = "en";
      else element.removeAttribute("lang");
    }

    // Has the page in a language from here on.
    function set(next, file) {
      code = next;
      json = file;
      ({ messages: words, labels } = file ? JSON.parse(file) : { messages: {}, labels: {} });
      root.lang = code === "en" ? "en-GB" : code;
      root.dir = known[code] || "ltr";
      if (!blocks) return;
      blocks.forEach(put);
      byID("language").value = code;
    }

    async function fetched(next, fresh) {
      if (next === "en") return "";
      const { response, gzipped } = await request(`text/${next}.json`, fresh);
      if (!response.ok) throw new Error(`the server answered ${response.status}`);
      return (gzipped ? new Response(response.body.pipeThrough(new DecompressionStream("gzip"))) : response).text();
    }

    // What was wanted when the page began. Where it does not come the page is in English, and the program asks for it again.
    const first = wanted();
    root.lang = first === "en" ? "en-GB" : first;
    root.dir = known[first] || "ltr";
    let come = Promise.resolve();
    return {
      say, set, fetched, first,
      code: () => code,
      json: () => json,
      begin() {
        blocks = [];
        collect(document.body, blocks);
        if (first === "en") return;
        come = fetched(first, false).then((file) => set(first, file)).catch(() => set("en", ""));
      },
      // Waits for it, not for long.
      here: () => Promise.race([come, new Promise((late) => setTimeout(late, 3000))]),
      // Chosen by the person, and so kept.
      choose(next, file) {
        set(next, file);
        try {
          localStorage.setItem(kept, next);
        } catch {
          // Then it is in the address alone.
        }
        workers()?.controller?.postMessage({ keep: file ? `text/${next}.json` : "" });
      },
    };
  })();
  const { say } = speech;

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

  // What is picked, dropped or pasted before the program listens, and what was pressed last of what only the program can do. It takes
  // it all with take().
  const early = (() => {
    const given = [];
    let pressed = null;
    const tell = (text) => {
      byID("early").textContent = text;
      byID("early").hidden = false;
    };
    const add = (how, files, folders, on) => {
      if (files.length + folders.length === 0) return;
      given.push({ how, files, folders, on });
      tell(say("What you added is kept and comes next."));
    };
    const heard = {
      click({ target }) {
        const on = target.closest?.("[data-early]");
        if (!on) return;
        pressed = on;
        tell(say("That comes as soon as the page is ready."));
      },
      change({ target }) {
        if (target.type !== "file" || target.files.length === 0) return;
        add("pick", [...target.files], [], target);
        target.value = "";
      },
      dragover(event) {
        if (!event.dataTransfer.types.includes("Files")) return;
        event.preventDefault();
        event.dataTransfer.dropEffect = "copy";
      },
      drop(event) {
        if (!event.dataTransfer.types.includes("Files")) return;
        event.preventDefault();
        const files = [], folders = [];
        for (const item of event.dataTransfer.items) {
          if (item.kind !== "file") continue;
          const entry = item.webkitGetAsEntry?.();
          if (entry?.isDirectory) folders.push(entry);
          else files.push(item.getAsFile());
        }
        add("drop", files.filter(Boolean), folders, event.target);
      },
      paste(event) {
        const files = [...event.clipboardData?.files ?? []];
        if (files.length > 0) event.preventDefault();
        add("paste", files, [], event.target);
      },
      submit: (event) => event.preventDefault(),
    };
    for (const [kind, hear] of Object.entries(heard)) document.addEventListener(kind, hear, true);
    return {
      any: () => given.length > 0 || pressed !== null,
      take() {
        for (const [kind, hear] of Object.entries(heard)) document.removeEventListener(kind, hear, true);
        const line = byID("early");
        if (line) line.hidden = true;
        return given.splice(0).concat(pressed ? { how: "press", on: pressed } : []);
      },
    };
  })();
  globalThis.homeroom = { early, speech };

  function fail(what, why, todo, retry) {
    root.dataset.error = `${what} ${why}`;
    byID("load").hidden = true;
    byID("fault-what").textContent = what;
    byID("fault-why").textContent = why;
    byID("fault-do").textContent = todo;
    byID("retry").hidden = !retry;
    byID("retry").onclick = retry && (() => {
      unfail(say("Fetching Homeroom again"));
      retry();
    });
    byID("status-text").textContent = say("Not ready");
    byID("fault").hidden = false;
  }

  function unfail(text) {
    delete root.dataset.error;
    byID("fault").hidden = true;
    byID("retry").onclick = null;
    byID("retry").hidden = false;
    byID("load-text").textContent = text;
    byID("load-bar").removeAttribute("value");
    byID("load").hidden = false;
    byID("status-text").textContent = say("Starting");
  }

  // How many seconds without a byte the page waits before it says so.
  const patience = () => Number(root.dataset.patience) || 20;

  // Says where nothing has come for too long, and takes that back where something comes after all. It counts seconds in which the
  // page is awake.
  function watch(name, retry) {
    let quiet = 0, told = false;
    const clock = setInterval(() => {
      if (++quiet < patience() || told) return;
      told = true;
      fail(say("Homeroom does not come through."), say("Nothing of {1} has arrived for {2} s.", name, quiet),
        say("Check your connection, then press Retry. If more of it comes, this goes on by itself."), () => {
          clearInterval(clock);
          told = false;
          retry();
        });
    }, 1000);
    const heard = () => {
      quiet = 0;
      if (told) unfail(say("Fetching Homeroom"));
      told = false;
    };
    return { heard, end: () => (clearInterval(clock), heard()) };
  }

  function missing() {
    if (typeof WebAssembly !== "object" || typeof WebAssembly.compileStreaming !== "function") return "WebAssembly";
    if (!WebAssembly.validate(vectors)) return "WebAssembly SIMD";
    if (typeof Worker !== "function") return "Web Workers";
    if (typeof TransformStream !== "function") return say("streams");
    if (single() && typeof DecompressionStream !== "function") return say("streams that unpack");
    return "";
  }

  // Fetches what the program will ask for.
  function ahead(href) {
    if (single()) return; // it is here
    const link = document.createElement("link");
    Object.assign(link, { rel: "preload", as: "fetch", crossOrigin: "anonymous", href });
    document.head.append(link);
  }

  const megabytes = (bytes) => (bytes / 1e6).toLocaleString(speech.code(), { minimumFractionDigits: 1, maximumFractionDigits: 1 });

  const hex = (buffer) => Array.from(new Uint8Array(buffer), (b) => b.toString(16).padStart(2, "0")).join("");

  function joined(chunks) {
    const whole = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
    let at = 0;
    for (const chunk of chunks) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    return whole;
  }

  // Whether this page's host sends files as they are: then this script came so, too, and the build has laid the program there
  // compressed. Where copies of this page are kept, the program is one of them.
  function sendsAsIs() {
    if (single() || typeof DecompressionStream !== "function" || workers()?.controller) return false;
    const [own] = performance.getEntriesByName(new URL("boot.js", location.href).href);
    return !!own && own.encodedBodySize > 0 && own.encodedBodySize === own.decodedBodySize;
  }

  // Fetches the program compressed where that is less on the way. gzipped says that it is still to be unpacked.
  async function request(path, fresh, signal) {
    const how = fresh ? { cache: "reload", signal } : { signal };
    if (sendsAsIs()) {
      const response = await fetch(`${path}.gz`, how);
      if (response.ok) return { response, gzipped: !response.headers.get("Content-Encoding") };
      response.body?.cancel();
    }
    return { response: await fetch(path, how), gzipped: false };
  }

  // Shows how much of the program has come.
  function showProgress(got, length) {
    byID("load-text").textContent = length ? say("Fetching Homeroom: {1} of {2} MB", megabytes(got), megabytes(length)) : say("Fetching Homeroom: {1} MB", megabytes(got));
    if (length) byID("load-bar").value = Math.min(1, got / length);
  }

  // Fetches the program, past every stored copy where it is to be fresh, and compiles it while it comes.
  async function compile(path, shared, fresh, heard, signal, show = () => {}, arrived = () => {}) {
    const { response, gzipped } = await request(path, fresh, signal);
    heard();
    if (!response.ok) throw new Error(single() ? `this file is cut short, ${path} is missing in it` : `the server answered ${response.status} for ${path}`);
    // With compression the length that the server states is not the length that arrives here.
    const length = response.headers.get("Content-Encoding") ? 0 : Number(response.headers.get("Content-Length")) || 0;
    let got = 0, shown = 0;
    const chunks = [];
    let whole;
    const all = new Promise((done) => { whole = done; });
    const counted = response.body.pipeThrough(new TransformStream({
      transform(chunk, out) {
        heard();
        got += chunk.byteLength;
        if (performance.now() - shown > 100) {
          shown = performance.now();
          show(got, length);
        }
        if (!gzipped) chunks.push(chunk);
        out.enqueue(chunk);
      },
      flush: () => gzipped || whole(),
    }));
    const unpacked = !gzipped ? counted : counted.pipeThrough(new DecompressionStream("gzip")).pipeThrough(new TransformStream({
      transform(chunk, out) {
        chunks.push(chunk);
        out.enqueue(chunk);
      },
      flush: () => whole(),
    }));
    // A program that is cut short does not compile; one that is damaged or of another version may. It is summed while it compiles.
    const right = all.then(async () => {
      const sum = JSON.parse(root.dataset.sums || "{}")[path];
      if (sum && crypto.subtle && hex(await crypto.subtle.digest("SHA-256", joined(chunks))) !== sum) {
        throw new Error(`${path} is damaged, or of another version than the page`);
      }
    });
    right.catch(() => {}); // it is waited for below
    all.then(arrived);
    const module = await WebAssembly.compileStreaming(new Response(Threads.fit(unpacked, shared), { headers: { "Content-Type": "application/wasm" } }));
    byID("load-bar").removeAttribute("value");
    await right;
    return module;
  }

  // The rest of the program (see Halves in threads.js): it comes once the page has nothing to do, or as soon as it is needed.
  function restOf(program, shared) {
    const path = program.replace(".wasm", "-rest.wasm");
    let module = null, coming = null, waited = null;
    const once = (fresh) => coming ??= (async () => {
      const stop = new AbortController();
      let clock;
      const heard = () => {
        clearTimeout(clock);
        clock = setTimeout(() => stop.abort(new Error(say("Nothing of {1} has arrived for {2} s.", path, patience()).replace(/[.。]$/, ""))), 1000 * patience());
      };
      heard();
      try {
        return module = await compile(path, shared, fresh, heard, stop.signal);
      } finally {
        clearTimeout(clock);
        coming = null;
      }
    })();
    const until = async () => {
      for (let fresh = false; ; fresh = true) {
        try {
          return await once(fresh);
        } catch (fault) {
          const status = byID("status-text").textContent;
          await new Promise((again) => fail(say("A part of Homeroom did not come."), say("The reason given: {1}.", String(fault && fault.message || fault)),
            say("Check your connection, then press Retry. What you have done so far is still here."), again));
          delete root.dataset.error;
          byID("load").hidden = true;
          byID("status-text").textContent = status;
        }
      }
    };
    const wanted = () => module ? Promise.resolve(module) : waited ??= until();
    return {
      ahead: async () => module ?? await once(false).catch(() => null), // whoever needs it asks again
      wanted,
      // What a worker is told of it: the module, where that is there, or else where it lies.
      told: () => module || path,
      // The program can't wait: what the browser says meanwhile has to be heard. It comes to this where the address is changed by hand.
      now() {
        if (module) return module;
        try {
          return module = Threads.atOnce(path, shared);
        } catch (fault) {
          fail(say("A part of Homeroom did not come."), say("The reason given: {1}.", String(fault && fault.message || fault)), todo(), () => renew(program));
          throw fault;
        }
      },
    };
  }

  // Views whose program is in the rest.
  const inRest = /^#(teach|inside)/;

  // Has the program's rest put into its places once it is there, and a press on what needs it wait until then.
  function completed(threads, rest) {
    const join = (module) => {
      document.removeEventListener("click", hear, true);
      if (module) threads.halves.join(module);
    };
    const hear = async (event) => {
      const on = event.target.closest?.("a[href]");
      if (!on || !inRest.test(on.getAttribute("href"))) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const line = byID("early");
      line.textContent = say("That comes in a moment: a part of Homeroom is being fetched.");
      line.hidden = false;
      join(await rest.wanted());
      line.hidden = true;
      on.click();
    };
    document.addEventListener("click", hear, true);
    whenReady(() => requestIdleCallback(async () => {
      const module = await rest.ahead();
      if (module) join(module);
    }, { timeout: 2000 }));
  }

  // What a browser that keeps nothing for this page, or for a frame without an origin, answers with an error.
  function workers() {
    try {
      return single() ? null : navigator.serviceWorker || null;
    } catch {
      return null;
    }
  }

  // Whether locks can be had: where site data is blocked they are there and refuse.
  async function locks() {
    try {
      return await navigator.locks.request(`homeroom trial ${Math.random()}`, { ifAvailable: true }, () => true);
    } catch {
      return false;
    }
  }

  // Takes a part in the lock of all tabs, or the whole of it, for as long as the page lives. Gives whether it could be had.
  function hold(options) {
    return new Promise((had, fails) => {
      navigator.locks.request(`homeroom tabs ${new URL("./", location.href)}`, options, (lock) => (had(Boolean(lock)), lock && new Promise(() => {}))).catch(fails);
    });
  }

  // A newer build may have been fetched during an earlier visit. It waits while any tab is on the older one, since a tab ends with the
  // build that it began with. A tab that is alone drops the older one before anything is on the page, and starts anew.
  async function update() {
    const builds = async () => {
      const names = (await caches.keys()).filter((name) => name.startsWith("homeroom-") && name !== "homeroom-weights");
      const whole = await Promise.all(names.map((cacheName) => caches.match("./", { cacheName }))); // see sw.js
      return names.filter((_, i) => whole[i]);
    };
    const older = (await builds()).slice(0, -1);
    // What was added meanwhile would be gone: then that waits for another visit.
    if (older.length > 0 && !early.any() && await hold({ ifAvailable: true })) {
      for (const name of older) await caches.delete(name);
      location.reload();
      return true;
    }
    await hold({ mode: "shared", signal: AbortSignal.timeout(10000) }).catch(() => {}); // a tab that has the whole of it starts anew in a moment
    // From here on nobody drops what this tab is on. Somebody may have done so while it was loaded: then it starts anew, once.
    const [current] = await builds();
    if (!session || !current || current === `homeroom-${root.dataset.build}` || session.getItem("homeroom build") === current) return false;
    session.setItem("homeroom build", current);
    location.reload();
    return true;
  }

  // Offline copies are made once the page has nothing to do for the first time, so that they do not slow its start, and so that
  // nothing is kept of a page that never got ready.
  function keepOffline(offline) {
    whenReady(async () => {
      try {
        const registration = await offline.register(WebAssembly.validate(relaxed) ? "sw.js?program=relaxed" : "sw.js");
        const coming = registration.installing;
        coming?.addEventListener("statechange", () => {
          if (coming.state === "redundant" && !registration.active) notStored("its files did not arrive as they should");
        });
        (await offline.ready).active.postMessage({ claim: root.dataset.build, keep: speech.code() === "en" ? "" : `text/${speech.code()}.json` });
      } catch (fault) {
        notStored("this browser does not keep them");
      }
    });
    const notStored = (why) => {
      root.dataset.offline = why;
      dispatchEvent(new Event("homeroom offline"));
    };
  }

  // Calls once the page has nothing to do for the first time, and a second later, so that photos which wait are named first.
  function whenReady(then) {
    const ready = new MutationObserver(() => {
      if (root.dataset.state !== "ready" || root.dataset.error) return;
      ready.disconnect();
      setTimeout(then, 1000);
    });
    ready.observe(root, { attributes: true, attributeFilter: ["data-state", "data-error"] });
  }

  // Loads the page again, past every stored copy of its files where they can be had.
  async function renew(program) {
    const files = ["./", "style.css", "boot.js", "wasm_exec.js", "threads.js", "worker.js", "helper.js", "weights/catalog.json", sendsAsIs() ? `${program}.gz` : program];
    try {
      if (!single()) {
        const got = await Promise.all(files.map((f) => fetch(f, { cache: "reload", headers: { "Cache-Control": "no-cache" }, signal: AbortSignal.timeout(1000 * patience()) })));
        await Promise.all(got.map((r) => r.ok ? r.arrayBuffer() : Promise.reject(new Error(`${r.status}`))));
        await (await workers()?.getRegistration())?.unregister();
        for (const name of await caches.keys()) if (name.startsWith("homeroom-") && name !== "homeroom-weights") await caches.delete(name);
      }
    } catch {
      // Then the copies that are here are all there is.
    }
    location.reload();
  }

  async function boot() {
    const lacking = missing();
    if (lacking) {
      fail(say("This browser cannot run Homeroom."), say("It has no {1}.", lacking),
        say("Please open the page in a current Chrome, Edge, Firefox or Safari (16.4 or later)."), null);
      return;
    }
    const offline = workers();
    if (!offline && isSecureContext && !single()) root.dataset.offline = "this browser does not allow it here";
    // The program comes meanwhile, and runs only where this tab stays.
    const leaves = offline?.controller ? update().catch(() => false) : Promise.resolve(false);
    if (offline && !offline.controller) hold({ mode: "shared" }).catch(() => {});
    if (offline) leaves.then((left) => left || keepOffline(offline));
    start(false, leaves);
  }

  // Fetches and runs the program; nothing of it, nor of what goes wrong, is seen where this tab begins anew.
  async function start(fresh, leaves) {
    const program = WebAssembly.validate(relaxed) ? "homeroom-relaxed.wasm" : "homeroom.wasm";
    let why = say("its program stopped"), retry = () => renew(program);
    try {
      const shared = Threads.canShare();
      // The first engine reads its scripts, and the list of networks comes, while the program does. The first network comes next: at the
      // same time it would keep the program, by which it is opened as it comes.
      const engine = new Worker(fresh ? "worker.js?again" : "worker.js");
      engine.onerror = (e) => {
        e.preventDefault();
        if (globalThis.homeroom) globalThis.homeroom.engine = null; // the page makes another, which complains in its own way
      };
      if (!fresh) ahead("weights/catalog.json");
      const usual = !fresh && !location.hash.startsWith("#teach") && !new URLSearchParams(location.search).has("model");
      const given = locks();
      const stop = new AbortController();
      let dropped = false;
      const over = () => {
        dropped = true;
        engine.terminate();
        stop.abort();
        start(true, leaves);
      };
      const quiet = watch(program, over);
      let module;
      try {
        module = await compile(program, shared, fresh, quiet.heard, stop.signal, showProgress, () => root.dataset.first && usual && ahead(root.dataset.first));
      } catch (fault) {
        if (dropped || await leaves) return;
        engine.terminate();
        // Nothing has run yet: it can be tried again here, and what was added meanwhile stays. After a second time the page itself is in doubt.
        if (!fresh) retry = () => start(true, leaves);
        throw fault instanceof WebAssembly.CompileError ? new Error(`${program} did not arrive whole, or is damaged`) : fault;
      } finally {
        if (!dropped) quiet.end();
      }
      if (await leaves) return;
      await speech.here();
      const rest = restOf(program, shared);
      globalThis.homeroom = { early, speech, session, module, shared, engine, fit: Threads.fit, locks: await given, rest: rest.told };
      const go = new Go();
      go.argv = ["homeroom", "page"];
      const threads = new Threads(module, shared, 1);
      const instance = await threads.instantiate(module, go, rest.now);
      if (!threads.halves.whole) {
        if (single() || inRest.test(location.hash)) threads.halves.join(await rest.wanted());
        else completed(threads, rest);
      }
      retry = () => renew(program);
      await go.run(instance);
    } catch (fault) {
      why = String(fault && fault.message || fault);
    }
    root.dataset.state = "loading";
    fail(say("Homeroom could not start."), say("The reason given: {1}.", why), todo(), retry);
  }

  const todo = () => single() ? say("Press Retry. If it stays like this, this file is incomplete or damaged: copy it again, whole, from where you have it.")
    : say("Check your connection, then press Retry. If it stays like this, a file of the page may be missing from its server.");

  // The other scripts come behind this one, which listens before anything can be seen.
  const begin = () => {
    if (begun) return;
    begun = true;
    scripts?.end();
    speech.begin();
    if (typeof Go !== "function" || typeof Threads !== "function") {
      fail(say("Homeroom could not start."), single() ? say("This file is cut short: its program is missing.") : say("A script of the page did not arrive."), todo(), () => renew("homeroom.wasm"));
      return;
    }
    boot();
  };
  let begun = false, scripts = null;
  document.addEventListener("DOMContentLoaded", begin);
  document.addEventListener("homeroom", begin);
  document.addEventListener("readystatechange", () => {
    if (document.readyState === "interactive" && !begun) scripts = watch(say("its scripts"), () => renew("homeroom.wasm"));
  });
})();
