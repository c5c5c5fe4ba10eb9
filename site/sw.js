// Keeps Homeroom working without a connection after the first visit.
//
// The files of one build live in one cache, named after the build; a new build is a new script, and fills a new cache. All tabs
// are answered from the oldest cache, whichever build's worker answers: so it is of no matter when the browser puts one worker
// in another's place, which may take long. A tab that finds itself alone when it starts drops the older caches (see boot.js).
// A cache counts only once each file in it has its checksum. The lines with `build` and `sums` are stamped when the site
// is put together; as it stands, files come from the network first, so that an edit shows at once.
// Packs are put into their own cache by the page, once their checksum has been found right.
"use strict";

const build = "development";
const sums = {};
const shell = `homeroom-${build}`;
const weights = "homeroom-weights";
const files = [
  "./", "style.css", "boot.js", "worker.js", "threads.js", "helper.js", "wasm_exec.js",
  "manifest.webmanifest", "icon.svg", "icon-maskable.svg", "weights/catalog.json", "licences.txt",
  ...[], // photos that the page opens on
];

// A page with these headers is cross-origin isolated, which static hosts often cannot send.
const isolation = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
};

function isolated(response) {
  if (!response || response.status === 0 || response.type === "opaqueredirect") return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(isolation)) headers.set(name, value);
  const empty = [101, 204, 205, 304].includes(response.status);
  return new Response(empty ? null : response.body, { status: response.status, statusText: response.statusText, headers });
}

// The file of a language. The one that the page is in is kept, in a new build too.
const language = /(?:^|\/)(text\/[\w-]+\.json)$/;

async function keep(file) {
  const cacheName = await oldest();
  if (!cacheName || !language.test(file) || await caches.match(file, { cacheName })) return;
  const response = await fetch(file);
  if (response.ok) await (await caches.open(cacheName)).put(file, response);
}

async function spoken() {
  const out = new Set();
  for (const name of (await caches.keys()).filter(ofBuild)) {
    for (const { url } of await (await caches.open(name)).keys()) {
      const file = language.exec(new URL(url).pathname)?.[1];
      if (file && (build === "development" || sums[file])) out.add(file);
    }
  }
  return [...out];
}

// The photos of the lesson and the page for its class.
const lesson = /\/lesson\/[^/]+$/;

const ofBuild = (name) => name.startsWith("homeroom-") && name !== weights;

// The caches that are whole, oldest first. The page itself is what is put into one last.
async function builds() {
  const names = (await caches.keys()).filter(ofBuild);
  const whole = await Promise.all(names.map((cacheName) => caches.match("./", { cacheName })));
  return names.filter((_, i) => whole[i]);
}

// The first of them. Once it has been found whole, it stays so for as long as it is the first: that spares looking into it for each file.
let found;
async function oldest() {
  if (!found || (await caches.keys()).find(ofBuild) !== found) [found] = await builds();
  return found;
}

async function answer(request, url) {
  // The page asks with this header after a download went wrong: then no stored copy will do.
  const fresh = /no-cache/.test(request.headers.get("Cache-Control") || "") || request.cache === "reload";
  if (url.pathname.endsWith(".pack")) {
    const kept = fresh ? undefined : await (await caches.open(weights)).match(request);
    return kept || fetch(request);
  }
  const cacheName = await oldest();
  const file = request.mode === "navigate" && !url.pathname.endsWith(".txt") && !lesson.test(url.pathname) ? "./" : request;
  const kept = () => cacheName && caches.match(file, { cacheName, ignoreSearch: true });
  if (build === "development" || fresh) {
    try {
      return await fetch(request);
    } catch (offline) {
      const old = await kept();
      if (old) return old;
      throw offline;
    }
  }
  const there = await kept();
  if (there) return there;
  const response = await fetch(request);
  // What few ask for is kept from then on.
  if (cacheName && response.ok && (url.pathname.endsWith("/homeroom-sharing.wasm") || language.test(url.pathname) || lesson.test(url.pathname))) await (await caches.open(cacheName)).put(request, response.clone());
  return response;
}

// Of the two programs the one is kept that this browser's boot.js has fetched, which names it in the script's address.
const program = new URL(self.location.href).searchParams.get("program") === "relaxed" ? "homeroom-relaxed.wasm" : "homeroom.wasm";
const programs = [program, program.replace(".wasm", "-rest.wasm")].filter((file) => file === program || file in sums); // it may be in two modules

const hex = (buffer) => Array.from(new Uint8Array(buffer), (b) => b.toString(16).padStart(2, "0")).join("");

// The program as boot.js fetched it from a host that compresses nothing: gzipped, and still among the browser's own copies. It is
// kept as the program itself. Nothing where that is not there, or of another build.
async function fetchedGzipped(file) {
  if (build === "development" || typeof DecompressionStream !== "function") return null;
  try {
    const response = await fetch(new Request(`${file}.gz`, { cache: "only-if-cached", mode: "same-origin" }));
    if (!response.ok) return null;
    const body = response.headers.get("Content-Encoding") ? response.body : response.body.pipeThrough(new DecompressionStream("gzip"));
    const data = await new Response(body).arrayBuffer();
    if (hex(await crypto.subtle.digest("SHA-256", data)) !== sums[file]) return null;
    return [file, new Response(data, { headers: { "Content-Type": "application/wasm", "Content-Length": data.byteLength } })];
  } catch {
    return null;
  }
}

// Fetches a file of this build. What has another checksum is asked for once more, past every stored copy.
async function rightOne(file) {
  let why = "";
  for (const cache of ["no-cache", "reload"]) {
    const response = await fetch(new Request(file, { cache }));
    if (!response.ok) {
      why = `was answered with ${response.status}`;
      continue;
    }
    const data = await response.arrayBuffer();
    if (build === "development" || hex(await crypto.subtle.digest("SHA-256", data)) === sums[file === "./" ? "index.html" : file]) {
      const { status, statusText, headers } = response;
      return [file, new Response(data, { status, statusText, headers })];
    }
    why = "is not what this version has";
  }
  throw new Error(`${file} ${why}`);
}

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const right = await Promise.all([...files.slice(1).concat(await spoken()).map(rightOne), ...programs.map((file) => fetchedGzipped(file).then((got) => got || rightOne(file))), rightOne(files[0])]); // all of them, before any is kept
    const [current, ...later] = await builds();
    // A server that went back to the build that tabs are on has given up the newer ones; any other is the newest, whenever it was here.
    for (const name of current === shell ? later : [shell]) await caches.delete(name);
    if (current === shell) return;
    const cache = await caches.open(shell);
    try {
      for (const [file, response] of right) await cache.put(file, response);
    } catch (full) {
      await caches.delete(shell);
      throw full;
    }
  })());
});

// The browser puts this worker in an older one's place where no tab is left that was answered by that.
self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) {
      if (name === shell) return; // what comes behind it is being filled by a newer one
      if (ofBuild(name)) await caches.delete(name);
    }
  })());
});

// A tab that was loaded before there was any of this: it is answered from here on where it is of the build that is answered.
async function claim(build) {
  if (`homeroom-${build}` === (await builds())[0]) await self.clients.claim();
}

self.addEventListener("message", (event) => {
  if (event.data.keep) event.waitUntil(keep(event.data.keep));
  if (event.data.claim) event.waitUntil(claim(event.data.claim));
  else event.ports[0]?.postMessage(false); // a page of an earlier build asks this worker to change places with its own
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  event.respondWith(answer(event.request, url).then(isolated));
});
