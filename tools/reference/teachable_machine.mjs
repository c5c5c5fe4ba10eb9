// Loads a model with @teachablemachine/image and prints its answers.
//
//   NODE_MODULES=… node tools/reference/teachable_machine.mjs FOLDER SIZE < PICTURES
//
// FOLDER has model.json, weights.bin and metadata.json; pictures are SIZE × SIZE × 3 bytes each, one
// after the other. A line is printed for each: a JSON list of probabilities.
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';

const require = createRequire(path.join(process.env.NODE_MODULES, 'x.js'));

// What the package reads its files with is of browsers alone.
globalThis.FileReader = class {
  read(content) {
    content.then((result) => { this.result = result; this.onload({ target: this }); }, (error) => this.onerror(error));
  }
  readAsText(file) { this.read(file.text()); }
  readAsArrayBuffer(file) { this.read(file.arrayBuffer()); }
};

const tf = require('@tensorflow/tfjs');
const image = require('@teachablemachine/image');

const [folder, side] = process.argv.slice(2);
const size = Number(side);
const file = (name) => new File([fs.readFileSync(path.join(folder, name))], name);
const classifier = await image.loadFromFiles(file('model.json'), file('weights.bin'), file('metadata.json'));
const pictures = fs.readFileSync(0);
for (let at = 0; at < pictures.length; at += size * size * 3) {
  const levels = tf.tensor(Uint8Array.from(pictures.subarray(at, at + size * size * 3)), [1, size, size, 3], 'int32');
  const x = levels.toFloat().div(127).sub(1); // as the package's own capture does
  console.log(JSON.stringify(Array.from(classifier.model.predict(x).dataSync())));
}
console.error(classifier.getClassLabels().join('\n'));
