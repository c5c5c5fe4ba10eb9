// TensorFlow.js on its WebAssembly back end. It reads no .onnx file, so it is given the steps that the same file was
// turned into (see tools/reference/bench_models.py), its own fused operations among them.

// Starts TensorFlow.js for a number of threads, and gives it.
export async function start(threads) {
  // It takes no more threads than half the cores it is told of. The others are not held to that.
  Object.defineProperty(navigator, "hardwareConcurrency", { value: 2 * threads });
  importScripts("/peers/tfjs/dist/tf.min.js", "/peers/tfjs-backend-wasm/dist/tf-backend-wasm.min.js");
  const tf = self.tf;
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", threads > 1);
  tf.wasm.setWasmPaths(new URL("/peers/tfjs-backend-wasm/dist/", self.location).href);
  tf.wasm.setThreadsCount(threads);
  if (!(await tf.setBackend("wasm"))) throw new Error("TensorFlow.js has no WebAssembly here");
  await tf.ready();
  if (threads > 1 && tf.wasm.getThreadsCount() !== threads) throw new Error(`TensorFlow.js runs ${tf.wasm.getThreadsCount()} threads in place of ${threads}`);
  return tf;
}

export async function load({ network, threads, input, size }) {
  const tf = await start(threads);
  const [plan, weights] = await Promise.all([
    fetch(`${network}.tfjs.json`).then((r) => r.json()),
    fetch(`${network}.tfjs.bin`).then((r) => r.arrayBuffer()),
  ]);
  const constants = {};
  for (const s of plan.steps) {
    if (s.op !== "weight") continue;
    const n = s.shape.reduce((a, b) => a * b, 1);
    const data = s.dtype === "int32" ? new Int32Array(weights, s.offset, n) : new Float32Array(weights, s.offset, n);
    constants[s.out] = tf.tensor(data, s.shape, s.dtype);
  }
  const steps = plan.steps.filter((s) => s.op !== "weight").map((s) => ({ ...s, f: operations(tf)[s.op] }));
  for (const s of steps) if (!s.f) throw new Error(`no operation ${s.op}`);

  let logits;
  return {
    async run() {
      const out = tf.tidy(() => {
        const values = { [plan.input]: tf.tensor(input, [1, size, size, 3]) };
        for (const s of steps) {
          const made = s.f(s.in.map((i) => values[i] || constants[i]), s);
          values[s.out] = made;
        }
        return values[plan.output];
      });
      logits = out.dataSync();
      out.dispose();
    },
    logits: () => logits,
  };
}

function operations(tf) {
  const inner = ({ pads }) => pads.every(([a, b]) => a === 0 && b === 0);
  const window = (s) => ({ strides: s.strides, pad: inner(s) ? "valid" : s.pads });
  const pooled = (x, s, value) => (inner(s) ? x : tf.pad(x, s.pads, value));
  return {
    conv: ([x, filter, bias], s) => tf.fused.conv2d({ x, filter, bias, activation: s.activation || "linear", ...window(s) }),
    depthwise: ([x, filter, bias], s) => tf.fused.depthwiseConv2d({ x, filter, bias, activation: s.activation || "linear", ...window(s) }),
    dense: ([a, b, bias], s) => tf.fused.matMul({ a, b, bias, activation: s.activation || "linear" }),
    rowsdense: ([x, b, bias]) => {
      const a = tf.reshape(x, [-1, x.shape[x.rank - 1]]);
      return tf.reshape(bias ? tf.fused.matMul({ a, b, bias }) : tf.matMul(a, b), [...x.shape.slice(0, -1), b.shape[1]]);
    },
    matmul: ([a, b]) => tf.matMul(a, b),
    pad: ([x], s) => tf.pad(x, s.pads),
    // What is padded for a maximum has been through a ReLU in all of these networks, but need not have been.
    maxpool: ([x], s) => tf.maxPool(pooled(x, s, -3.4e38), s.kernel, s.strides, "valid"),
    avgpool: ([x], s) => tf.avgPool(x, s.kernel, s.strides, inner(s) ? "valid" : s.pads),
    mean: ([x], s) => tf.mean(x, s.axes, true),
    reducemean: ([x], s) => tf.mean(x, s.axes, s.keep),
    flatten: ([x]) => tf.reshape(x, [x.shape[0], -1]),
    relu: ([x]) => tf.relu(x),
    relu6: ([x]) => tf.relu6(x),
    clip: ([x], s) => tf.clipByValue(x, s.lo, s.hi),
    hardswish: ([x]) => tf.mul(x, tf.mul(tf.relu6(tf.add(x, 3)), 1 / 6)),
    hardsigmoid: ([x], s) => tf.clipByValue(tf.add(tf.mul(x, s.alpha), s.beta), 0, 1),
    sigmoid: ([x]) => tf.sigmoid(x),
    erf: ([x]) => tf.erf(x),
    sqrt: ([x]) => tf.sqrt(x),
    identity: ([x]) => x,
    add: ([a, b]) => tf.add(a, b),
    sub: ([a, b]) => tf.sub(a, b),
    mul: ([a, b]) => tf.mul(a, b),
    div: ([a, b]) => tf.div(a, b),
    reshape: ([x], s) => tf.reshape(x, s.shape),
    transpose: ([x], s) => tf.transpose(x, s.perm),
    concat: (all, s) => tf.concat(all, s.axis),
    pick: ([x], s) => tf.squeeze(tf.slice(x, at(x, s.axis, s.index), extent(x, s.axis, 1)), [axis(x, s.axis)]),
    part: ([x], s) => {
      const n = x.shape[axis(x, s.axis)] / s.parts;
      return tf.slice(x, at(x, s.axis, s.index * n), extent(x, s.axis, n));
    },
    squeeze: ([x], s) => tf.squeeze(x, s.axes),
    softmax: ([x]) => tf.softmax(x),
    layernorm: ([x, scale, bias], s) => {
      const mean = tf.mean(x, -1, true), d = tf.sub(x, mean);
      return tf.add(tf.mul(tf.mul(d, tf.rsqrt(tf.add(tf.mean(tf.square(d), -1, true), s.eps))), scale), bias);
    },
  };
}

const axis = (x, a) => (a < 0 ? x.rank + a : a);
const at = (x, a, i) => x.shape.map((_, d) => (d === axis(x, a) ? i : 0));
const extent = (x, a, n) => x.shape.map((full, d) => (d === axis(x, a) ? n : full));
