// Runs several engines on one network in turn. The program that drives the browser calls bench(job) and gets the
// times back; every engine lives in a worker of its own.
"use strict";

// An Engine is one worker, answering one message at a time.
class Engine {
  constructor(name) {
    this.name = name;
    this.worker = new Worker("engine.js");
  }

  ask(message, patience) {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`${this.name} did not answer to "${message.kind}" in ${patience / 1000} s`)), patience);
      this.worker.onmessage = ({ data }) => {
        clearTimeout(late);
        data.error ? reject(new Error(data.error)) : resolve(data);
      };
      this.worker.onerror = (e) => {
        clearTimeout(late);
        reject(new Error(`${e.message || "its worker failed"} (${e.filename}:${e.lineno})`));
      };
      this.worker.postMessage(message);
    });
  }

  end() {
    this.worker.terminate();
  }
}

const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// job: {network, threads, engines: [name], rounds, burst, warmup, patience, pause}, times in milliseconds. In every
// round each engine has one turn of a burst of runs, and another engine begins each time.
//
// The answer: {name: {load, times: [ms], logits: [number], memory: bytes} or {error}}.
async function bench(job) {
  const answers = {}, engines = [];
  const drop = (e, fault) => {
    answers[e.name] = { error: String(fault && fault.message || fault) };
    e.end();
    if (engines.includes(e)) engines.splice(engines.indexOf(e), 1);
  };
  for (const name of job.engines) {
    const e = new Engine(name);
    try {
      const { load } = await e.ask({ kind: "load", engine: name, network: job.network, threads: job.threads }, job.patience);
      const { logits } = await e.ask({ kind: "warm", runs: job.warmup }, job.patience);
      answers[name] = { load, logits: Array.from(logits), times: [] };
      engines.push(e);
    } catch (fault) {
      drop(e, fault);
    }
  }
  for (let round = 0; round < job.rounds; round++) {
    for (const e of engines.map((_, i) => engines[(i + round) % engines.length])) {
      await rest(job.pause); // the threads of the one before go to sleep
      try {
        const { times } = await e.ask({ kind: "run", runs: job.burst }, job.patience);
        answers[e.name].times.push(...times);
      } catch (fault) {
        drop(e, fault);
      }
    }
  }
  for (const e of engines) {
    answers[e.name].memory = (await e.ask({ kind: "memory" }, job.patience)).memory;
    e.end();
  }
  return answers;
}

// Times Homeroom's layers on one thread. job: {network, runs, patience}.
async function layers({ network, runs, patience }) {
  const e = new Engine("homeroom");
  try {
    await e.ask({ kind: "load", engine: e.name, network, threads: 1 }, patience);
    return (await e.ask({ kind: "layers", runs }, patience)).profile;
  } finally {
    e.end();
  }
}

// Times what comes before a network; see photo.js.
async function photo(job) {
  const e = new Engine("photo");
  try {
    return (await e.ask({ kind: "photo", ...job }, job.patience)).photo;
  } finally {
    e.end();
  }
}

// Has several engines learn the same classes from the same feature vectors, in turn; see teach.js.
// job: {engines: [name], rounds, patience, pause, …}. The answer: {name: {times: [ms], accuracy: [share], …} or {error}}.
async function teach(job) {
  const answers = {}, engines = [];
  for (const name of job.engines) {
    const e = new Engine(name);
    try {
      await e.ask({ kind: "teach", engine: name, job }, job.patience);
      answers[name] = { times: [], accuracy: [] };
      engines.push(e);
    } catch (fault) {
      answers[name] = { error: String(fault && fault.message || fault) };
      e.end();
    }
  }
  // The first round is for warmth.
  for (let round = -job.warmup; round < job.rounds; round++) {
    for (const e of engines) {
      await rest(job.pause);
      const { ms, accuracy, ...more } = await e.ask({ kind: "learn" }, job.patience);
      if (round < 0) continue;
      answers[e.name].times.push(ms);
      answers[e.name].accuracy.push(accuracy);
      Object.assign(answers[e.name], more);
    }
  }
  for (const e of engines) {
    answers[e.name].memory = (await e.ask({ kind: "memory" }, job.patience)).memory;
    e.end();
  }
  return answers;
}

// Names job.photos photos, one run each, over job.workers workers of one engine, and gives how long all took.
// job: {network, threads, engine, workers, photos, rounds, warmup, patience}.
class Workers {
  constructor(job) {
    this.job = job;
    this.engines = Array.from({ length: job.workers }, () => new Engine(job.engine));
  }

  async open() {
    const { engine, network, threads, warmup, patience } = this.job;
    return Promise.all(this.engines.map(async (e) => {
      await e.ask({ kind: "load", engine, network, threads }, patience);
      return Array.from((await e.ask({ kind: "warm", runs: warmup }, patience)).logits);
    }));
  }

  async round() {
    let left = this.job.photos;
    const start = performance.now();
    await Promise.all(this.engines.map(async (e) => {
      while (left > 0) {
        left--;
        await e.ask({ kind: "run", runs: 1 }, this.job.patience);
      }
    }));
    return performance.now() - start;
  }

  end() {
    this.engines.forEach((e) => e.end());
  }
}

// Workers by number: those of several tabs take turns, so they are opened, run and closed one call at a time.
const groups = new Map();

// openWorkers returns the logits of each worker.
async function openWorkers(id, job) {
  const workers = new Workers(job);
  groups.set(id, workers);
  return workers.open();
}

const runWorkers = (id) => groups.get(id).round();

function closeWorkers(id) {
  groups.get(id).end();
  groups.delete(id);
  return true;
}
