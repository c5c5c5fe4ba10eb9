// Learning classes from feature vectors, by Homeroom and as Teachable Machine does it.
//
// job: {features: address, dim, labels: [class], test: [class]}. The file has the vectors, float32, of the photos to
// learn from and then those to test on. Each engine gives
//
//   learn() → {ms, accuracy}
//
// ms is from the features in the engine's memory to the head, accuracy the share of the test photos that it then
// answers right, which is not timed.
"use strict";

async function read({ features, dim, labels, test }) {
  const bytes = new Uint8Array(await (await fetch(features)).arrayBuffer());
  const at = 4 * dim * labels.length;
  if (bytes.length !== at + 4 * dim * test.length) throw new Error(`${features}: ${bytes.length} bytes`);
  return { learn: bytes.subarray(0, at), judge: bytes.subarray(at) };
}

// Features come to the page's worker some at a time, too.
const handful = 500;

export const open = {
  async homeroom(job) {
    const { start } = await import("./homeroom.js");
    const own = await start(1);
    let { learn, judge } = await read(job);
    for (let at = 0; at < learn.length; at += 4 * job.dim * handful) {
      const fault = homeroomBench.hold(learn.subarray(at, at + 4 * job.dim * handful), job.dim);
      if (fault) throw new Error(fault);
    }
    learn = undefined;
    const labels = JSON.stringify(job.labels), test = JSON.stringify(job.test);
    return {
      async learn() {
        const begin = performance.now();
        const { head, trained, told, error } = await homeroomBench.learn(labels);
        const ms = performance.now() - begin;
        if (error) throw new Error(error);
        const { tried, report } = JSON.parse(trained);
        return { ms, accuracy: homeroomBench.judge(head, judge, test), l2: tried[0].value, valid: report.accuracy, told };
      },
      memory: () => own.memory.buffer.byteLength,
    };
  },

  // The head of Teachable Machine (github.com/googlecreativelab/teachablemachine-community, libraries/image): 100
  // rectified units, a softmax without biases, Adam at 0.001, 50 epochs of batches of 16. It gets all photos to learn
  // from; nothing is held out, and nobody waits for frames between batches.
  async tfjs(job) {
    const { start } = await import("./tfjs.js");
    const tf = await start(1);
    const { learn, judge } = await read(job);
    const floats = (bytes) => new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    const classes = 1 + Math.max(...job.labels);
    const x = tf.tensor2d(floats(learn), [job.labels.length, job.dim]);
    const y = tf.tidy(() => tf.oneHot(tf.tensor1d(job.labels, "int32"), classes).toFloat());
    return {
      async learn() {
        const begin = performance.now();
        const model = tf.sequential({
          layers: [
            tf.layers.dense({ inputShape: [job.dim], units: 100, activation: "relu", kernelInitializer: "varianceScaling", useBias: true }),
            tf.layers.dense({ units: classes, activation: "softmax", kernelInitializer: "varianceScaling", useBias: false }),
          ],
        });
        model.compile({ optimizer: tf.train.adam(0.001), loss: "categoricalCrossentropy", metrics: ["accuracy"] });
        await model.fit(x, y, { batchSize: 16, epochs: 50, shuffle: true, yieldEvery: "never", verbose: 0 });
        const ms = performance.now() - begin;
        const answers = tf.tidy(() => model.predict(tf.tensor2d(floats(judge), [job.test.length, job.dim])).argMax(1).dataSync());
        model.dispose();
        const right = job.test.filter((c, i) => answers[i] === c).length;
        return { ms, accuracy: right / job.test.length };
      },
    };
  },
};
