// Makes the layers models of TensorFlow.js that tests of the importer read, with the version that Teachable Machine has.
//
//   NODE_MODULES=… node tools/reference/import_fixtures.mjs
//
// NODE_MODULES has @tensorflow/tfjs of version 1.3.1. The networks are put together as Teachable Machine does: a
// truncated MobileNet with global pooling, and a head, each a Sequential of its own. answers.json has what TensorFlow.js
// answers for pictures that a formula makes.
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';

const require = createRequire(path.join(process.env.NODE_MODULES, 'x.js'));
const tf = require('@tensorflow/tfjs');
const folder = new URL('../keras/testdata/', import.meta.url).pathname;
const SIZE = 32;

let state = 17; // of a generator of Lehmer's, so that the files are the same each time
const uniform = () => (state = (state * 48271) % 2147483647) / 2147483647;

function network() {
  const l = tf.layers;
  const image = tf.input({ shape: [SIZE, SIZE, 3], name: 'input_1' });
  let x = l.zeroPadding2d({ padding: [[0, 1], [0, 1]], name: 'Conv1_pad' }).apply(image);
  x = l.conv2d({ filters: 8, kernelSize: 3, strides: 2, padding: 'valid', useBias: false, name: 'Conv1' }).apply(x);
  x = l.batchNormalization({ name: 'bn_Conv1', epsilon: 1e-3 }).apply(x);
  x = l.reLU({ maxValue: 6, name: 'Conv1_relu' }).apply(x);
  let y = l.depthwiseConv2d({ kernelSize: 3, padding: 'same', useBias: false, name: 'depthwise' }).apply(x);
  y = l.batchNormalization({ name: 'bn_depthwise', epsilon: 1e-3 }).apply(y);
  y = l.reLU({ maxValue: 6, name: 'depthwise_relu' }).apply(y);
  y = l.conv2d({ filters: 8, kernelSize: 1, useBias: false, name: 'project' }).apply(y);
  y = l.batchNormalization({ name: 'bn_project', epsilon: 1e-3 }).apply(y);
  x = l.add({ name: 'add' }).apply([x, y]);
  const features = tf.model({ inputs: image, outputs: x, name: 'model1' });
  const truncated = tf.sequential({ name: 'sequential_1' });
  truncated.add(features);
  truncated.add(l.globalAveragePooling2d({ name: 'gap' }));
  const head = tf.sequential({
    name: 'sequential_3',
    layers: [
      l.dense({ inputShape: [8], units: 10, activation: 'relu', name: 'dense_Dense1' }),
      l.dense({ units: 3, useBias: false, activation: 'softmax', name: 'dense_Dense2' }),
    ],
  });
  const whole = tf.sequential({ name: 'sequential_4' });
  whole.add(truncated);
  whole.add(head);
  for (const w of whole.weights) {
    const positive = /variance|gamma/.test(w.originalName);
    const data = Float32Array.from({ length: w.shape.reduce((a, b) => a * b, 1) }, () => (positive ? 0.5 + uniform() : 2 * uniform() - 1));
    w.write(tf.tensor(data, w.shape));
  }
  return whole;
}

const pictures = tf.tidy(() => {
  const v = new Float32Array(3 * SIZE * SIZE * 3);
  let at = 0;
  for (let i = 0; i < 3; i++) for (let r = 0; r < SIZE; r++) for (let c = 0; c < SIZE; c++) for (let k = 0; k < 3; k++) v[at++] = (((r * 7 + c * 13 + k * 29) * (i + 3)) % 256) / 127 - 1;
  return tf.tensor(v, [3, SIZE, SIZE, 3]);
});

const model = network();
await model.save(tf.io.withSaveHandler(async (parts) => {
  const json = { modelTopology: parts.modelTopology, weightsManifest: [{ paths: ['weights.bin'], weights: parts.weightSpecs }] };
  fs.writeFileSync(path.join(folder, 'tfjs.json'), JSON.stringify(json));
  fs.writeFileSync(path.join(folder, 'weights.bin'), Buffer.from(parts.weightData));
  return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
}));
const answers = model.predict(pictures).arraySync();
fs.writeFileSync(path.join(folder, 'tfjs_answers.json'), JSON.stringify(answers));
