// Runs an exported classifier in a peer. run(peer, model, pictures) takes for each picture the addresses of its levels by the names of the
// inputs, and gives for each the outputs by their names.
const npm = '/npm/';

const script = (src) => new Promise((resolve, reject) => {
  const s = document.createElement('script');
  s.src = src;
  s.onload = resolve;
  s.onerror = () => reject(new Error(`${src} did not load`));
  document.head.append(s);
});

const levels = async (address) => new Uint8Array(await (await fetch(address)).arrayBuffer());
const sideOf = (bytes) => Math.round(Math.sqrt(bytes.length / 3));

// canvas shows levels, one pixel each.
const canvas = (bytes) => {
  const size = sideOf(bytes);
  const c = document.createElement('canvas');
  c.width = c.height = size;
  const data = new Uint8ClampedArray(size * size * 4);
  for (let i = 0, k = 0; i < bytes.length; i += 3, k += 4) data.set([bytes[i], bytes[i + 1], bytes[i + 2], 255], k);
  c.getContext('2d').putImageData(new ImageData(data, size, size), 0, 0);
  return c;
};

// inOrder gives the scores of named results in the order of the labels.
const inOrder = (labels, results, name, score) => {
  const by = new Map(results.map((r) => [r[name], r[score]]));
  return labels.map((l) => by.get(l));
};

const peers = {
  async 'onnxruntime-web'(model) {
    const ort = await import(`${npm}onnxruntime-web/dist/ort.wasm.min.mjs`);
    ort.env.wasm.wasmPaths = `${npm}onnxruntime-web/dist/`;
    ort.env.wasm.numThreads = 1;
    const session = await ort.InferenceSession.create(model, { executionProviders: ['wasm'] });
    return async (inputs) => {
      const feeds = {};
      for (const [name, bytes] of Object.entries(inputs)) feeds[name] = new ort.Tensor('float32', Float32Array.from(bytes), [1, sideOf(bytes), sideOf(bytes), 3]);
      const out = await session.run(feeds);
      return Object.fromEntries(Object.entries(out).map(([k, v]) => [k, Array.from(v.data)]));
    };
  },

  async 'litert.js'(model) {
    const { loadLiteRt, loadAndCompile, Tensor } = await import(`${npm}@litertjs/core/dist/index.js`);
    await loadLiteRt(new URL(`${npm}@litertjs/core/wasm/`, location.href).href, { threads: false });
    const compiled = await loadAndCompile(model, { accelerator: 'wasm', cpuOptions: { numThreads: 1 } });
    return async ({ image }) => {
      const x = new Tensor(Float32Array.from(image), [1, sideOf(image), sideOf(image), 3]);
      const outputs = await compiled.run([x]);
      const all = [];
      for (const y of outputs) {
        all.push(Array.from(await y.data()));
        y.delete();
      }
      x.delete();
      const probabilities = all.reduce((a, b) => (b.length > a.length ? b : a)), strangeness = all.find((y) => y.length === 1);
      return strangeness ? { probabilities, strangeness } : { probabilities };
    };
  },

  async 'mediapipe-tasks-vision'(model, labels) {
    const { FilesetResolver, ImageClassifier } = await import(`${npm}@mediapipe/tasks-vision/vision_bundle.mjs`);
    const files = await FilesetResolver.forVisionTasks(`${npm}@mediapipe/tasks-vision/wasm`);
    const classifier = await ImageClassifier.createFromOptions(files, { baseOptions: { modelAssetPath: model, delegate: 'CPU' }, runningMode: 'IMAGE' });
    return async ({ image }) => {
      const probabilities = new Array(labels.length).fill(0);
      for (const c of classifier.classify(canvas(image)).classifications[0].categories) probabilities[c.index] = c.score;
      return { probabilities };
    };
  },

  async 'teachablemachine-image'(model, labels) {
    await script(`${npm}@tensorflow/tfjs/dist/tf.min.js`);
    await script(`${npm}@teachablemachine/image/dist/teachablemachine-image.min.js`);
    const classifier = await window.tmImage.load(`${model}/model.json`, `${model}/metadata.json`);
    return async ({ image }) => ({ probabilities: inOrder(labels, await classifier.predict(canvas(image)), 'className', 'probability') });
  },

  async ml5(model, labels) {
    await script(`${npm}ml5/dist/ml5.min.js`);
    const classifier = await new Promise((resolve) => {
      const c = window.ml5.imageClassifier(`${location.origin}${model}/model.json`, { topk: labels.length }, () => resolve(c));
    });
    return async ({ image }) => ({ probabilities: inOrder(labels, await classifier.classify(canvas(image), labels.length), 'label', 'confidence') });
  },
};

window.run = async (peer, model, labels, pictures) => {
  const classify = await peers[peer](model, labels);
  const answers = [];
  for (const picture of pictures) {
    const inputs = {};
    for (const [name, address] of Object.entries(picture)) inputs[name] = await levels(address);
    answers.push(await classify(inputs));
  }
  return JSON.stringify(answers);
};
