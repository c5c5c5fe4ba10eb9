// <homeroom-classifier src="clothes.homeroom"> names photos that are dropped, pasted, picked or seen by the camera.

import { load } from "./homeroom.js";

const text = {
  hint: "Drop a photo here, paste one, or", pick: "choose photos", camera: "Use the camera", stop: "Stop the camera", unknown: "unknown",
  starting: "Getting ready", looking: "Looking…", again: "Try again", results: "Answers",
};

const style = `
  :host { display: block; font: inherit; color: var(--homeroom-ink, CanvasText); --_edge: var(--homeroom-edge, color-mix(in srgb, currentColor 35%, transparent)); --_accent: var(--homeroom-accent, #2b6650); }
  :host([hidden]), [hidden] { display: none !important; }
  @media (prefers-color-scheme: dark) { :host { --_accent: var(--homeroom-accent, #93d3b3); } }
  .drop { display: grid; gap: .6rem; justify-items: center; padding: var(--homeroom-padding, 1.25rem); border: 2px dashed var(--_edge); border-radius: var(--homeroom-radius, 14px); background: var(--homeroom-back, transparent); text-align: center; }
  .drop.over { border-color: var(--_accent); border-style: solid; }
  p { margin: 0; }
  .buttons { display: flex; flex-wrap: wrap; gap: .5rem; justify-content: center; }
  label, button { display: inline-block; position: relative; padding: .5rem 1rem; border: 1.5px solid var(--_edge); border-radius: 99px; background: none; color: inherit; font: inherit; cursor: pointer; }
  label:focus-within, button:focus-visible { outline: 3px solid var(--_accent); outline-offset: 2px; }
  input { position: absolute; inset: 0; opacity: 0; width: 100%; cursor: pointer; font-size: 0; }
  video { width: 100%; max-height: 20rem; border-radius: var(--homeroom-radius, 14px); background: #000; object-fit: cover; }
  progress { width: min(100%, 20rem); accent-color: var(--_accent); }
  ul { list-style: none; margin: .8rem 0 0; padding: 0; display: grid; gap: .7rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr)); }
  ul:empty { display: none; }
  li { display: grid; gap: .4rem; align-content: start; padding: .7rem; border: 1px solid var(--_edge); border-radius: var(--homeroom-radius, 14px); overflow-wrap: anywhere; }
  li img { width: 100%; max-height: 12rem; object-fit: contain; border-radius: 8px; }
  .answer { font-weight: 700; font-size: 1.1em; }
  .row { display: grid; grid-template-columns: 1fr auto; gap: 0 .6rem; font-size: .9em; }
  .bar { grid-column: 1 / -1; height: .35rem; border-radius: 9px; background: color-mix(in srgb, currentColor 12%, transparent); overflow: hidden; }
  .bar i { display: block; height: 100%; width: var(--share); background: var(--_accent); }
  .error { color: var(--homeroom-bad, #b3261e); }
  @media (prefers-color-scheme: dark) { .error { color: var(--homeroom-bad, #ffb8a1); } }
`;

function el(tag, attributes = {}, ...kids) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") for (const [event, hear] of Object.entries(value)) made.addEventListener(event, hear);
    else if (value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...kids);
  return made;
}

const percent = (score) => `${(100 * score).toFixed(score > 0.995 || score < 0.001 ? 0 : 1)}%`;

/** How many answers of a photo are shown, and how many photos. */
const usualTop = 3, mostShown = 60;

const Base = globalThis.HTMLElement ?? class {};

export class HomeroomClassifier extends Base {
  static observedAttributes = ["src", "packs"];

  #shadow;
  #drop;
  #status;
  #bar;
  #list;
  #video;
  #cameraButton;
  #stop = new AbortController();
  #classifier = null;
  #loading = null;
  #queue = Promise.resolve();
  #live = null;
  #addresses = new Set();

  constructor() {
    super();
    this.#shadow = this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
    this.#shadow.adoptedStyleSheets = [sheet];
    const input = el("input", { type: "file", accept: "image/*", multiple: true, "aria-label": text.pick, on: { change: () => { this.#take([...input.files]); input.value = ""; } } });
    this.#cameraButton = el("button", { type: "button", part: "button camera-button", on: { click: () => this.#live ? this.stopCamera() : this.startCamera() } }, text.camera);
    this.#status = el("p", { part: "status", role: "status" });
    this.#bar = el("progress", { part: "progress", max: 1, hidden: true, "aria-label": text.starting });
    this.#video = el("video", { part: "video", muted: true, playsinline: true, hidden: true });
    this.#list = el("ul", { part: "results", role: "list", "aria-label": text.results });
    this.#drop = el("div", { part: "drop", class: "drop" },
      el("slot", { name: "hint" }, el("p", { part: "hint" }, text.hint)), el("div", { class: "buttons" }, el("label", { part: "button" }, input, el("span", {}, text.pick)), this.#cameraButton),
      this.#video, this.#status, this.#bar);
    this.#shadow.append(this.#drop, this.#list);
    const over = (on) => (event) => {
      if (![...event.dataTransfer?.types ?? []].includes("Files")) return;
      event.preventDefault();
      this.#drop.classList.toggle("over", on);
    };
    this.#drop.addEventListener("dragover", over(true));
    this.#drop.addEventListener("dragleave", over(false));
    this.#drop.addEventListener("drop", (event) => {
      over(false)(event);
      this.#take([...event.dataTransfer?.files ?? []]);
    });
  }

  connectedCallback() {
    this.#cameraButton.hidden = !this.hasAttribute("camera") || !navigator.mediaDevices?.getUserMedia;
    document.addEventListener("paste", this.#pasted);
    if (this.hasAttribute("src")) this.#open();
  }

  disconnectedCallback() {
    document.removeEventListener("paste", this.#pasted);
    this.close();
  }

  attributeChangedCallback(_, before, now) {
    if (this.isConnected && before !== now && this.hasAttribute("src")) this.#open();
  }

  get src() { return this.getAttribute("src") ?? ""; }
  set src(value) { this.setAttribute("src", value); }

  /** The classifier that answers, once it is open; a page that made one itself gives it here. */
  get classifier() { return this.#classifier; }
  set classifier(value) {
    this.close();
    this.#stop = new AbortController();
    this.#classifier = value;
    this.#loading = Promise.resolve(value);
    this.#say("");
  }

  #pasted = (event) => {
    const files = [...event.clipboardData?.files ?? []].filter((f) => f.type.startsWith("image/"));
    if (files.length === 0 || event.defaultPrevented) return;
    // Of several elements on a page the one that was used last takes it.
    if (HomeroomClassifier.#last && HomeroomClassifier.#last !== this && HomeroomClassifier.#last.isConnected) return;
    event.preventDefault();
    this.#take(files);
  };

  static #last = null;

  #open() {
    this.close();
    this.#stop = new AbortController();
    const { signal } = this.#stop, fetched = new Map();
    this.opens(load(this.src, {
      packs: this.getAttribute("packs") ?? undefined, signal,
      onprogress: (at) => {
        fetched.set(at.network ?? at.stage, at);
        const all = [...fetched.values()], sum = (what) => all.reduce((n, one) => n + one[what], 0);
        if (all.every(({ total }) => total)) this.#bar.value = Math.min(1, sum("loaded") / sum("total"));
        else this.#bar.removeAttribute("value");
        this.dispatchEvent(new CustomEvent("progress", { detail: at }));
      },
    }));
  }

  /** Shows that a classifier is on its way, a promise, and answers with it. */
  opens(loading) {
    const { signal } = this.#stop;
    this.#say(text.starting);
    this.#bar.hidden = false;
    this.#bar.removeAttribute("value");
    this.#loading = loading;
    loading.then((classifier) => {
      if (signal.aborted) return classifier.close();
      this.#classifier = classifier;
      this.#bar.hidden = true;
      this.#say("");
      this.dispatchEvent(new CustomEvent("ready", { detail: { name: classifier.name, labels: classifier.labels } }));
    }, (fault) => {
      if (signal.aborted) return;
      this.#bar.hidden = true;
      this.#status.replaceChildren(el("span", { class: "error", part: "error" }, `${fault.message} `));
      if (this.hasAttribute("src")) this.#status.append(el("button", { type: "button", part: "button", on: { click: () => this.#open() } }, text.again));
      this.dispatchEvent(new CustomEvent("error", { detail: { error: fault } }));
    });
  }

  #say(what) {
    this.#status.textContent = what;
  }

  /** Frees what the element holds. It opens anew where it is given a source. */
  close() {
    this.stopCamera();
    this.#stop.abort();
    this.#classifier?.close();
    this.#classifier = this.#loading = null;
    this.#bar.hidden = true;
    for (const address of this.#addresses) URL.revokeObjectURL(address);
    this.#addresses.clear();
  }

  #take(files) {
    HomeroomClassifier.#last = this;
    for (const file of files) this.classify(file).catch(() => {}); // told on the card
  }

  /** Names a photo and shows the answer, as if it had been dropped. */
  classify(file) {
    const image = el("img", { part: "picture", alt: "" }), answer = el("p", { class: "answer", part: "label" }, text.looking);
    const card = el("li", { part: "result" }, image, answer);
    if (typeof file?.arrayBuffer === "function") {
      image.src = URL.createObjectURL(file);
      this.#addresses.add(image.src);
    } else {
      image.hidden = true;
    }
    this.#list.prepend(card);
    while (this.#list.children.length > mostShown) {
      const old = this.#list.lastElementChild;
      URL.revokeObjectURL(old.querySelector("img").src);
      old.remove();
    }
    const { signal } = this.#stop;
    const done = this.#queue.then(async () => {
      const result = await (await this.#loading).classify(file, { signal });
      this.#show(card, answer, result, file.name ?? "");
      this.dispatchEvent(new CustomEvent("result", { detail: { file, ...result } }));
      return result;
    });
    this.#queue = done.catch((fault) => {
      answer.textContent = fault.message;
      answer.className = "error";
      card.dataset.error = fault.message;
    });
    return done;
  }

  #show(card, answer, result, name) {
    const best = result.unknown ? text.unknown : result.label;
    answer.textContent = best;
    card.dataset.label = best;
    const image = card.querySelector("img");
    if (image) image.alt = name ? `${best}: ${name}` : best;
    const top = Number(this.getAttribute("top")) || usualTop;
    const rows = result.results.slice(0, top).map(({ label, score }) => {
      const fill = el("i");
      fill.style.setProperty("--share", `${100 * score}%`);
      return el("div", { class: "row", part: "row" }, el("span", { part: "name" }, label), el("span", { part: "score" }, percent(score)), el("span", { class: "bar", part: "bar", "aria-hidden": "true" }, fill));
    });
    card.querySelectorAll(".row").forEach((row) => row.remove());
    card.append(...rows);
  }

  /** Names what the camera sees until it is stopped. */
  async startCamera() {
    HomeroomClassifier.#last = this;
    const live = this.#live = { stream: null };
    try {
      live.stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch (fault) {
      if (this.#live === live) this.#live = null;
      this.#say(`The camera cannot be used: ${fault.message}`);
      return;
    }
    if (this.#live !== live) return live.stream.getTracks().forEach((track) => track.stop());
    this.#video.srcObject = live.stream;
    this.#video.hidden = false;
    this.#cameraButton.textContent = text.stop;
    await this.#video.play().catch(() => {});
    const answer = el("p", { class: "answer", part: "label" }, text.looking), card = live.card = el("li", { part: "result live" }, answer);
    this.#list.prepend(card);
    while (this.#live === live) {
      try {
        const classifier = await this.#loading;
        const result = await classifier.classify(this.#video, { signal: this.#stop.signal });
        if (this.#live !== live) break;
        this.#show(card, answer, result, "");
        this.dispatchEvent(new CustomEvent("result", { detail: { file: null, ...result } }));
      } catch (fault) {
        if (this.#live !== live) break;
        if (this.#video.videoWidth) answer.textContent = fault.message;
      }
      await new Promise((later) => setTimeout(later, 50));
    }
  }

  stopCamera() {
    const live = this.#live;
    this.#live = null;
    live?.stream?.getTracks().forEach((track) => track.stop());
    live?.card?.remove();
    this.#video.srcObject = null;
    this.#video.hidden = true;
    this.#cameraButton.textContent = text.camera;
  }
}

if (globalThis.customElements && !customElements.get("homeroom-classifier")) customElements.define("homeroom-classifier", HomeroomClassifier);
