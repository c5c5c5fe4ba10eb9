// Homeroom in any page: `load` gives a classifier, and <homeroom-classifier> is one to look at. All work is done by a worker;
// photos stay in the page, and nothing is fetched but what lies beside this file and what `load` is told to read.

/** Where the worker's script and the engine lie: addresses, or for the engine its bytes. */
export const files = {
  worker: () => new Worker(new URL("./worker.js", import.meta.url)),
  engine: new URL("./engine.bin", import.meta.url).href,
};

const abort = (signal) => signal.reason ?? new DOMException("It was stopped.", "AbortError");

/** What a promise gives, or the reason of a signal that is aborted before. */
const unlessAborted = (promise, signal) => !signal ? promise : new Promise((done, fails) => {
  const stop = () => fails(abort(signal));
  signal.addEventListener("abort", stop, { once: true });
  promise.then(done, fails).finally(() => signal.removeEventListener("abort", stop));
});

/** A worker with the engine in it. */
class Engine {
  #worker;
  #waiting = new Map();
  #last = 0;
  #ended = "";
  #loading;

  constructor(onprogress) {
    const worker = files.worker();
    this.#worker = worker;
    this.ready = new Promise((ready, fails) => {
      this.#loading = fails;
      worker.onmessage = ({ data }) => {
        const { kind, loaded, total } = data;
        if (kind === "started") ready();
        else if (kind === "loading") onprogress?.({ stage: "engine", loaded, total, share: total ? Math.min(1, loaded / total) : undefined });
        else if (kind === "ended") this.#end(data.error);
        else this.#hear(data);
      };
      worker.onmessageerror = () => this.#end("what it sent could not be handed over");
      worker.onerror = (e) => {
        e.preventDefault();
        this.#end(e.message || "the script of its worker could not be loaded");
      };
    });
    this.ready.catch(() => {});
    worker.postMessage({ program: files.engine });
  }

  #hear({ kind, id, ...answer }) {
    const asked = this.#waiting.get(id);
    if (!asked) return;
    if (kind === "progress") return asked.onprogress?.(answer);
    this.#waiting.delete(id);
    asked.over();
    if (kind === "failed") asked.fails(new Error(answer.error));
    else asked.done(answer);
  }

  #end(why) {
    this.#ended ||= why;
    this.#worker.terminate();
    const fault = new Error(`The engine stopped: ${this.#ended}.`);
    this.#loading(fault);
    for (const asked of this.#waiting.values()) {
      asked.over();
      asked.fails(fault);
    }
    this.#waiting.clear();
  }

  async ask(kind, message, { signal, onprogress } = {}) {
    signal?.throwIfAborted();
    await unlessAborted(this.ready, signal); // the engine may be long in coming
    if (this.#ended) throw new Error(`The engine stopped: ${this.#ended}.`);
    signal?.throwIfAborted();
    const id = ++this.#last;
    return new Promise((done, fails) => {
      const stop = () => {
        this.#waiting.delete(id);
        this.#worker.postMessage({ kind: "cancel", id });
        fails(abort(signal));
      };
      signal?.addEventListener("abort", stop, { once: true });
      this.#waiting.set(id, { done, fails, onprogress, over: () => signal?.removeEventListener("abort", stop) });
      this.#worker.postMessage({ kind, id, ...message });
    });
  }

  close() {
    this.#end("it was closed");
  }
}

async function fetched(address, { signal, onprogress, stage, network }) {
  const response = await fetch(address, { signal });
  if (!response.ok) throw new Error(`The server answered ${response.status} for ${address}.`);
  const total = Number(response.headers.get("Content-Length")) || 0;
  const chunks = [];
  let loaded = 0;
  for (const reader = response.body.getReader(); ;) {
    const { value, done } = await reader.read();
    if (done) break;
    chunks.push(value);
    loaded += value.byteLength;
    onprogress?.({ stage, ...network && { network }, loaded, total, share: total ? Math.min(1, loaded / total) : undefined });
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

async function bytes(source) {
  if (typeof source.arrayBuffer === "function") return new Uint8Array(await source.arrayBuffer());
  return ArrayBuffer.isView(source) ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength) : new Uint8Array(source);
}

const isAddress = (source) => typeof source === "string" || Object.prototype.toString.call(source) === "[object URL]";

// The most of a project that is looked at ahead of the engine: characters of its manifest, bytes of the zip's comment, networks.
const mostManifest = 4 << 20, mostComment = 65535, mostAhead = 8;

/**
 * Gives the networks that a project's head surely reads, as its manifest says, so that their packs come while the engine does. The
 * engine says later what is needed in truth: what is not found here, or wrong, is asked for then.
 */
async function networksOf(file) {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength), text = new TextDecoder();
  let end = file.length - 22; // where the zip's table of contents is told, before a comment
  for (const least = end - mostComment; view.getUint32(end, true) !== 0x06054b50; end--) if (end === least) return [];
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    const name = view.getUint16(at + 28, true);
    if (text.decode(file.subarray(at + 46, at + 46 + name)) === "manifest.json") break;
    at += 46 + name + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  const from = view.getUint32(at + 42, true), data = from + 30 + view.getUint16(from + 26, true) + view.getUint16(from + 28, true);
  let stream = new Blob([file.subarray(data, data + view.getUint32(at + 20, true))]).stream();
  if (view.getUint16(at + 10, true) === 8) stream = stream.pipeThrough(new DecompressionStream("deflate-raw"));
  let manifest = "";
  for (const reader = stream.pipeThrough(new TextDecoderStream()).getReader(); ;) {
    const { value, done } = await reader.read();
    if (done) break;
    manifest += value;
    if (manifest.length > mostManifest) {
      reader.cancel();
      return [];
    }
  }
  const { networks, photos } = JSON.parse(manifest);
  return networks.length === 1 || networks.length <= mostAhead && photos.length === 0 ? networks.map((n) => n.name) : []; // a project with photos may have more than its head reads
}

// The most pixels of a side that a picture without a file is given with; networks take far fewer.
const mostPixels = 1024;

const fileOf = (file) => ({ file, rgba: null, width: 0, height: 0 });
const pixelsOf = ({ data, width, height }) => ({ file: null, rgba: data, width, height });

/** What the engine takes of a photo: the bytes of its file, or pixels. */
async function photoOf(input) {
  const kind = Object.prototype.toString.call(input).slice(8, -1); // what comes out of a frame is of its own classes
  if (kind === "File" || kind === "Blob") return fileOf(new Uint8Array(await input.arrayBuffer()));
  if (kind === "ArrayBuffer" || ArrayBuffer.isView(input)) return fileOf(new Uint8Array(input.buffer ?? input, input.byteOffset ?? 0, input.byteLength).slice());
  if (kind === "ImageData") return pixelsOf(input);
  let width = input.videoWidth || input.naturalWidth || input.displayWidth || input.width, height = input.videoHeight || input.naturalHeight || input.displayHeight || input.height;
  if (!(width > 0 && height > 0)) throw new TypeError("There is no picture in it yet: a File, Blob, ImageBitmap, ImageData, canvas, picture or playing video is wanted.");
  const by = Math.min(1, mostPixels / Math.min(width, height));
  [width, height] = [Math.max(1, Math.round(width * by)), Math.max(1, Math.round(height * by))];
  const canvas = typeof OffscreenCanvas === "function" ? new OffscreenCanvas(width, height) : Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.drawImage(input, 0, 0, width, height);
  return pixelsOf(context.getImageData(0, 0, width, height));
}

/** Names photos. It comes from `load` or `teach`. */
export class Classifier {
  #engine;
  #number;
  #share; // how many classifiers use the engine

  constructor(engine, opened, share) {
    this.#engine = engine;
    this.#number = opened.classifier;
    this.#share = share;
    share.users++;
    /** The name of the project or network. */
    this.name = opened.name;
    /** The names that it gives, none for a backbone. */
    this.labels = Object.freeze(opened.labels);
  }

  #ask(kind, message, options) {
    if (!this.#engine) return Promise.reject(new Error("The classifier is closed."));
    return this.#engine.ask(kind, { classifier: this.#number, ...message }, options);
  }

  /** Names a photo. */
  async classify(input, { signal } = {}) {
    signal?.throwIfAborted();
    return this.#ask("classify", { photo: await photoOf(input) }, { signal });
  }

  /** Gives a photo's feature vector. */
  async embed(input, { signal } = {}) {
    signal?.throwIfAborted();
    return (await this.#ask("embed", { photo: await photoOf(input) }, { signal })).vector;
  }

  /** Learns classes from photos, {Cats: [file, …], Dogs: […]}, and gives the classifier that tells them apart. */
  async teach(classes, { signal, onprogress } = {}) {
    const examples = [];
    for (const [label, photos] of Object.entries(classes)) {
      for (const photo of photos) {
        signal?.throwIfAborted();
        examples.push({ label, photo: await photoOf(photo) });
      }
    }
    const opened = await this.#ask("teach", { examples }, { signal, onprogress });
    return new Classifier(this.#engine, opened, this.#share);
  }

  /** Gives what was taught as a project file, which Homeroom and `load` open. */
  async save(name = "taught") {
    const { file } = await this.#ask("save", { name });
    return new Blob([file], { type: "application/octet-stream" });
  }

  /** Frees it, and the worker with the last of those that share one. */
  close() {
    if (!this.#engine) return;
    if (--this.#share.users === 0) this.#engine.close();
    else this.#ask("close", {}).catch(() => {});
    this.#engine = null;
  }
}

/**
 * Opens a project (.homeroom) or a network (.pack): an address, a Blob or bytes. The packs of the networks that a project was taught
 * on are given, or lie beside it as NETWORK.pack, or where `packs` says.
 */
export async function load(source, { packs, signal, onprogress } = {}) {
  signal?.throwIfAborted();
  const engine = new Engine(onprogress);
  try {
    const address = isAddress(source) ? new URL(source, globalThis.document?.baseURI ?? globalThis.location?.href) : null;
    const file = address ? await fetched(address, { signal, onprogress, stage: "project" }) : await bytes(source);
    const given = packs && !isAddress(packs) ? packs : null;
    const folder = given ? null : packs ? new URL(String(packs).replace(/\/?$/, "/"), globalThis.document?.baseURI ?? globalThis.location?.href) : address;
    const packOf = async (network) => {
      const pack = given?.[network];
      if (pack !== undefined && !isAddress(pack)) return bytes(pack);
      if (pack === undefined && !folder) throw new Error(`It was taught on the network ${network}; give its pack as packs: {"${network}": …}, or say where ${network}.pack lies.`);
      return fetched(pack ?? new URL(`${encodeURIComponent(network)}.pack`, folder), { signal, onprogress, stage: "network", network });
    };
    const coming = new Map();
    const ahead = networksOf(file).catch(() => []).then((networks) => {
      for (const network of networks) {
        const pack = packOf(network);
        pack.catch(() => {}); // told where the engine needs it
        coming.set(network, pack);
      }
    });
    const { networks } = await engine.ask("needs", { file }, { signal });
    await ahead;
    const got = await Promise.all(networks.map((network) => coming.get(network) ?? packOf(network)));
    const opened = await engine.ask("open", { file, packs: got }, { signal });
    return new Classifier(engine, opened, { users: 0 });
  } catch (fault) {
    engine.close();
    throw fault;
  }
}
