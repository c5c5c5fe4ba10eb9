// Keeps Homeroom working without a connection after the first visit.
//
// The files of one build live in one cache, named after the build, and are answered from there; a new build is a new
// script, fills a new cache, and drops the old one when it takes over, which it does once no tab is on the old build any more.
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

async function answer(request, url) {
  // The page asks with this header after a download went wrong: then no stored copy will do.
  const fresh = /no-cache/.test(request.headers.get("Cache-Control") || "") || request.cache === "reload";
  if (url.pathname.endsWith(".pack")) {
    const kept = fresh ? undefined : await (await caches.open(weights)).match(request);
    return kept || fetch(request);
  }
  const cache = await caches.open(shell);
  const kept = () => request.mode === "navigate" && !url.pathname.endsWith(".txt") ? cache.match("./") : cache.match(request, { ignoreSearch: true });
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
  if (url.pathname.endsWith("/homeroom-sharing.wasm") && response.ok) await cache.put(request, response.clone());
  return response;
}

// Of the two programs the one is kept that this browser's boot.js has fetched, which names it in the script's address.
const program = new URL(self.location.href).searchParams.get("program") === "relaxed" ? "homeroom-relaxed.wasm" : "homeroom.wasm";

const hex = (buffer) => Array.from(new Uint8Array(buffer), (b) => b.toString(16).padStart(2, "0")).join("");

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
    const right = await Promise.all([...files, program].map(rightOne)); // all of them, before any is kept
    const cache = await caches.open(shell);
    try {
      for (const [file, response] of right) await cache.put(file, response);
    } catch (full) {
      await caches.delete(shell);
      throw full;
    }
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith("homeroom-") && name !== shell && name !== weights) await caches.delete(name);
    }
  })());
});

// Takes over from an older build where the tab that asks is the only one.
async function takeOver(source, port) {
  const tabs = (await self.clients.matchAll({ type: "window", includeUncontrolled: true })).filter((tab) => tab.url.startsWith(self.registration.scope));
  const alone = tabs.every((tab) => tab.id === source.id);
  if (alone) await self.skipWaiting();
  port.postMessage(alone);
}

self.addEventListener("message", (event) => {
  if (event.data === "take over") event.waitUntil(takeOver(event.source, event.ports[0]));
  // A tab that was loaded before there was any of this: it is answered from here on where it is of this build.
  else if (event.data.claim === build) event.waitUntil(self.clients.claim());
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  event.respondWith(answer(event.request, url).then(isolated));
});
