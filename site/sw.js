// Keeps Homeroom working without a connection after the first visit.
//
// The files of one build live in one cache, named after the build, and are answered from there; a new build is a new
// script, fills a new cache, and drops the old one when it takes over. The line with `build` is stamped when the site
// is put together; as it stands, files come from the network first, so that an edit shows at once.
// Packs are put into their own cache by the page, once their checksum has been found right.
"use strict";

const build = "development";
const shell = `homeroom-${build}`;
const weights = "homeroom-weights";
const files = [
  "./", "style.css", "boot.js", "worker.js", "crew.js", "helper.js", "wasm_exec.js",
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
  return await kept() || fetch(request);
}

// Of the two programs the one is kept that this browser's boot.js has fetched, which names it in the script's address.
const program = new URL(self.location.href).searchParams.get("program") === "relaxed" ? "homeroom-relaxed.wasm" : "homeroom.wasm";

self.addEventListener("install", (event) => {
  const all = [...files, program].map((file) => new Request(file, { cache: "no-cache" }));
  event.waitUntil(caches.open(shell).then((cache) => cache.addAll(all)));
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith("homeroom-") && name !== shell && name !== weights) await caches.delete(name);
    }
    await self.clients.claim();
  })());
});

self.addEventListener("message", ({ data }) => {
  if (data === "take over") self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  event.respondWith(answer(event.request, url).then(isolated));
});
