// Names whole photos, from files to classes: Homeroom by workers of its finished page, which get what the page sends them,
// and each peer by a worker of its own that the browser decodes for (see files.js).
"use strict";

let files; // of the photos, as a page has them that they were dropped on

async function cameraFiles(count) {
  files ??= Promise.all(Array.from({ length: count }, async (_, i) => {
    const name = `${String(i).padStart(2, "0")}.jpg`;
    const answer = await fetch(`/photos/${name}`);
    if (!answer.ok) throw new Error(`/photos/${name}: ${answer.status}`);
    return new File([await answer.blob()], name, { type: "image/jpeg" });
  }));
  return files;
}

// Homeroom on several workers, each of one thread.
class Finished {
  constructor(workers) {
    this.count = workers;
  }

  async open(pack) {
    await new Promise((loaded, failed) => document.head.append(Object.assign(document.createElement("script"), { src: "/finished/threads.js", onload: loaded, onerror: failed })));
    const page = new DOMParser().parseFromString(await (await fetch("/finished/index.html")).text(), "text/html");
    const { build } = page.documentElement.dataset;
    const compiled = async (name) => {
      const answer = await fetch(`/finished/${name}`);
      return WebAssembly.compileStreaming(new Response(Threads.fit(answer.body, false), { headers: { "Content-Type": "application/wasm" } }));
    };
    const module = await compiled("homeroom-relaxed.wasm");
    const bytes = new Uint8Array(await (await fetch(pack)).arrayBuffer());
    this.workers = await Promise.all(Array.from({ length: this.count }, async () => {
      const worker = new Worker("/finished/worker.js");
      await this.reply(worker, "started", { module, rest: "/finished/homeroom-relaxed-rest.wasm", shared: false, threads: 1, lock: "", build });
      await this.reply(worker, "opened", { kind: "open", name: "bench", pack: bytes, size: 0 });
      return worker;
    }));
  }

  reply(worker, kind, message) {
    return new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => {
        if (data.kind === kind) resolve(data);
        else if (data.error && data.kind !== "gathered") reject(new Error(data.error));
      };
      worker.onerror = (e) => reject(new Error(e.message));
      worker.postMessage(message);
    });
  }

  async name(photos) {
    let next = 0;
    const best = [];
    const start = performance.now();
    await Promise.all(this.workers.map(async (worker) => {
      while (next < photos.length) {
        const i = next++;
        const { results } = await this.reply(worker, "named", { kind: "classify", id: i, ticket: 1, file: photos[i], top: 5, alone: false });
        best[i] = results[0].index;
      }
    }));
    return { ms: performance.now() - start, best };
  }

  end() {
    this.workers.forEach((worker) => worker.terminate());
  }
}

const entrants = new Map();

// job: {engine, network, pack, threads, workers, photos, patience}. The best class of each photo comes back.
async function openWhole(job) {
  const photos = await cameraFiles(job.photos);
  let entrant;
  if (job.engine === "homeroom") {
    entrant = new Finished(job.workers);
    await entrant.open(job.pack);
    entrant.run = () => entrant.name(photos);
  } else {
    entrant = new Engine(job.engine);
    await entrant.ask({ kind: "load", engine: job.engine, network: job.network, threads: job.threads }, job.patience);
    entrant.run = () => entrant.ask({ kind: "name", files: photos, ahead: 3 }, job.patience);
  }
  entrants.set(job.engine, entrant);
  return (await entrant.run()).best;
}

const runWhole = async (engine) => (await entrants.get(engine).run()).ms;

function closeWhole(engine) {
  entrants.get(engine)?.end();
  return entrants.delete(engine);
}
