// Answers what the page and its workers ask for, where the whole page is one file and there is no server: the parts are in the file itself,
// in script elements that are no scripts, as base64 and mostly packed. It is part of that file only.
"use strict";

(() => {
  const base = document.baseURI.startsWith("about:") ? "file:///" : document.baseURI; // a frame may have no address
  const folder = new URL(".", base).pathname;
  const taken = new Map();

  function decoded(text) {
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
    const raw = atob(text), bytes = new Uint8Array(raw.length);
    for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
    return bytes;
  }

  async function find(name) {
    const selector = `script[data-part="${CSS.escape(name)}"]`;
    // What stands further down in the file may not be there yet.
    while (!document.querySelector(`${selector} ~ *`) && document.readyState === "loading") await new Promise((later) => setTimeout(later, 5));
    const element = document.querySelector(selector);
    if (!element || !document.querySelector(`${selector} ~ *`)) return null; // the file was cut short before its end, or in it
    const blob = new Blob([decoded(element.textContent.trim())], { type: element.dataset.type });
    element.remove(); // the Blob has it now, outside of this page's memory
    return { blob, packed: "packed" in element.dataset };
  }

  // A part is looked for once, and can be read again and again.
  async function part(name) {
    if (!taken.has(name)) taken.set(name, find(name));
    const got = await taken.get(name);
    if (!got) return null;
    const { type, size } = got.blob, stream = got.blob.stream();
    return got.packed ? { type, stream: stream.pipeThrough(new DecompressionStream("gzip")) } : { type, stream, size };
  }

  self.fetch = async (request) => {
    const address = new URL(request instanceof Request ? request.url : request, base);
    if (address.protocol === "data:") return new Response(decoded(address.pathname.split(",")[1]), { headers: { "Content-Type": "image/jpeg" } }); // a photo of the page's own
    const got = address.pathname.startsWith(folder) ? await part(decodeURIComponent(address.pathname.slice(folder.length))) : null;
    if (!got) return new Response("There is no such file.", { status: 404 });
    return new Response(got.stream, { headers: { "Content-Type": got.type, ...(got.size ? { "Content-Length": got.size } : {}) } });
  };

  // Their scripts are one part, since a worker cannot import what has no address.
  const script = URL.createObjectURL(new Blob([decoded(document.querySelector('script[data-part="worker.js"]').textContent.trim())], { type: "text/javascript" }));
  self.Worker = class extends Worker {
    constructor() {
      super(script);
    }
  };

  // A link to a part gets an address when it is followed.
  document.addEventListener("click", async (event) => {
    const link = event.target.closest?.("a[data-link]");
    if (!link || link.href.startsWith("blob:")) return;
    event.preventDefault();
    const got = await part(link.dataset.link);
    link.href = URL.createObjectURL(await new Response(got.stream, { headers: { "Content-Type": got.type } }).blob());
    link.click();
  }, true); // before the page's own

  document.dispatchEvent(new Event("homeroom")); // all scripts are there, though the file goes on
})();
