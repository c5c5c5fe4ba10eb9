// Instantiates the program, and starts the helper threads that share its memory.
//
// The program imports its memory. Where the page is cross-origin isolated that is a shared one, and helpers can run
// kernels on it; their module lies in a section of the program (see tools/wasmlink/postlink).
"use strict";

// Threads are those of one instance of the program: its module, whether its memory is shared, how many of them run one
// photo on, and the address of the helpers' script.
class Threads {
  // Whether memory can be shared here: that needs a cross-origin isolated page, and room for it.
  static canShare() {
    try {
      return self.crossOriginIsolated && new WebAssembly.Memory({ initial: 1, maximum: 32768, shared: true }).buffer instanceof SharedArrayBuffer;
    } catch {
      return false;
    }
  }

  // Makes the bytes of the program, a stream, ask for the memory that there is: a shared one, or not. That is a single
  // byte near their beginning, the flags of the import env.mem: 3 says "shared, with a maximum", 1 "with a maximum".
  static fit(bytes, shared) {
    if (shared) return bytes;
    let held = new Uint8Array(0), done = false;
    return bytes.pipeThrough(new TransformStream({
      transform(chunk, out) {
        if (done) return out.enqueue(chunk);
        const all = new Uint8Array(held.length + chunk.length);
        all.set(held);
        all.set(chunk, held.length);
        held = all;
        done = Threads.unshare(held);
        if (done) out.enqueue(held);
      },
      flush(out) {
        if (!done) out.enqueue(held);
      },
    }));
  }

  // Does that to bytes in their place, and reports whether they were found.
  static unshare(bytes) {
    const before = [3, 0x65, 0x6e, 0x76, 3, 0x6d, 0x65, 0x6d, 2, 3];
    for (let at = bytes.indexOf(3); at >= 0; at = bytes.indexOf(3, at + 1)) {
      if (!before.every((b, i) => bytes[at + i] === b)) continue;
      bytes[at + before.length - 1] = 1;
      return true;
    }
    return false;
  }

  // Fetches and compiles a module while the thread waits for it.
  static atOnce(path, shared) {
    const request = new XMLHttpRequest();
    request.open("GET", path, false);
    request.overrideMimeType("text/plain; charset=x-user-defined"); // each byte is a letter: a page can't have it as bytes
    request.send();
    if (request.status !== 200) throw new Error(`the server answered ${request.status} for ${path}`);
    const bytes = Uint8Array.from(request.responseText, (letter) => letter.charCodeAt(0) & 0xff);
    if (!shared) Threads.unshare(bytes);
    return new WebAssembly.Module(bytes);
  }

  constructor(module, shared, count, script = "helper.js") {
    const [section] = WebAssembly.Module.customSections(module, "homeroom helper");
    if (!section) throw new Error("the program has no helper in it");
    const limits = new DataView(section, 0, 8);
    this.shared = shared;
    this.count = count;
    this.script = script;
    this.memory = new WebAssembly.Memory({ initial: limits.getUint32(0, true), maximum: limits.getUint32(4, true), shared });
    this.helpers = [];
    let lead = () => { throw new Error("there are no threads to lead"); };
    if (!this.lacks) {
      this.helper = new WebAssembly.Module(section.slice(8));
      lead = new WebAssembly.Instance(this.helper, { env: { mem: this.memory } }).exports.lead;
    }
    this.imports = { env: { mem: this.memory }, threads: { lead } };
  }

  // Why there are no helpers, or "".
  get lacks() {
    if (this.count < 2) return "one thread was asked for";
    if (!this.shared) return "the page is not cross-origin isolated";
    return "";
  }

  // Gives what go.run takes. rest() gives the module of the program's rest at once (see Halves); a program that is whole needs none.
  async instantiate(module, go, rest) {
    globalThis.homeroom = { ...globalThis.homeroom, threads: this };
    const halves = this.halves = new Halves(module, this.memory, rest);
    const instance = await WebAssembly.instantiate(module, { ...go.importObject, ...this.imports, program: { missing: () => halves.missing() } });
    if (instance.exports.there) halves.program = instance.exports;
    return instance;
  }

  // Starts the helpers of the seats 1, 2 … and waits until all of them follow the sheet at this address.
  async gather(sheet, count) {
    const starts = [];
    for (let seat = 1; seat < count; seat++) {
      const helper = new Worker(this.script);
      this.helpers.push(helper);
      starts.push(new Promise((follows, fails) => {
        helper.onmessage = ({ data }) => data === "follows" ? follows() : fails(new Error(data));
        helper.onmessageerror = () => fails(new Error("a helper sent what could not be handed over"));
        helper.onerror = (e) => { e.preventDefault(); fails(new Error(e.message || "a helper could not be started")); };
        setTimeout(() => fails(new Error("a helper did not start")), 10000);
      }));
      helper.postMessage({ module: this.helper, memory: this.memory, sheet, seat });
    }
    try {
      await Promise.all(starts);
    } catch (fault) {
      for (const helper of this.helpers.splice(0)) helper.terminate();
      throw fault;
    }
  }
}

// Halves are a program that was split into two modules (see Split in tools/wasmlink/postlink): it runs with the first alone for as long
// as no function of the rest is called.
class Halves {
  constructor(first, memory, rest) {
    this.first = first;
    this.memory = memory;
    this.rest = rest;
    this.program = null; // what a program that was split exports
  }

  get whole() {
    return !this.program || this.program.there.value === 1;
  }

  missing() {
    this.join(this.rest());
  }

  // Puts the rest into its places.
  join(module) {
    if (this.whole) return;
    const id = (of) => new TextDecoder().decode(WebAssembly.Module.customSections(of, "homeroom split")[0] || new Uint8Array());
    if (id(module) !== id(this.first)) throw new Error("the rest of the program is of another version; load the page again");
    new WebAssembly.Instance(module, { env: { mem: this.memory }, program: this.program });
    this.program.there.value = 1;
  }
}
