// One engine of the pool. The page posts the compiled program once; the program then answers the page itself.
"use strict";

// Where a copy of this script did not come through, another is asked for under another address, and so are these.
importScripts("wasm_exec.js" + self.location.search, "threads.js" + self.location.search);

const build = "development"; // stamped when the page is put together

// What cannot be handed over comes as an event without it. The program listens too, once it runs.
const unread = () => self.postMessage({ kind: "ended", error: "what it was sent could not be handed over" });
self.addEventListener("messageerror", unread);

// Calls back with what comes, for the program (see Inbox in wasm/protocol).
self.hear = (event, heard) => self.addEventListener(event, ({ data }) => heard(data));

self.addEventListener("message", async ({ data }) => {
  self.removeEventListener("messageerror", unread);
  let why = "its program ended";
  try {
    if (data.build !== build) throw new Error("a newer Homeroom took this page's place on its server; load the page again");
    // The lock lives as long as this worker, so whoever waits for it learns of its end, whatever ended it.
    if (data.lock) await new Promise((held, fails) => navigator.locks.request(data.lock, () => (held(), new Promise(() => {}))).catch(fails));
    const go = new Go();
    go.argv = ["homeroom", "worker"];
    go.exit = (code) => { why = `its program ended with status ${code}`; };
    // The page has the rest of the program, or says where it lies (see restOf in boot.js).
    const rest = () => typeof data.rest === "string" ? Threads.atOnce(data.rest, data.shared) : data.rest;
    await go.run(await new Threads(data.module, data.shared, data.threads).instantiate(data.module, go, rest));
  } catch (fault) {
    why = String(fault && fault.message || fault);
  }
  self.postMessage({ kind: "ended", error: why });
}, { once: true });
