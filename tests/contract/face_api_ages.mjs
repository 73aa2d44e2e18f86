// Prints the ages that face-api's own network gives to faces, as JSON.
// Arguments: the package's folder; a file of faces, 112 x 112 x 3 bytes each, red-green-blue.
// The bundle is made for browsers: it is told that it is in a worker, and computes on the CPU.

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, facesFile] = process.argv.slice(2);
const FACE_BYTES = 112 * 112 * 3;

globalThis.WorkerGlobalScope = class {};
globalThis.window = globalThis;
globalThis.document = { createElement: () => ({ getContext: () => null }) };
console.warn = () => {};
console.log = () => {};

const faceapi = await import(pathToFileURL(`${folder}/dist/face-api.esm.js`).href);
await faceapi.tf.setBackend("cpu");
await faceapi.tf.ready();

const manifest = JSON.parse(
  readFileSync(`${folder}/model/age_gender_model-weights_manifest.json`, "utf8"),
);
const weights = readFileSync(`${folder}/model/age_gender_model.bin`);
const network = new faceapi.AgeGenderNet();
network.loadFromWeightMap(
  faceapi.tf.io.decodeWeights(
    weights.buffer.slice(weights.byteOffset, weights.byteOffset + weights.byteLength),
    manifest.flatMap((group) => group.weights),
  ),
);

const faces = readFileSync(facesFile);
const ages = [];
for (let start = 0; start < faces.length; start += FACE_BYTES) {
  const pixels = Float32Array.from(faces.subarray(start, start + FACE_BYTES));
  const face = faceapi.tf.tensor4d(pixels, [1, 112, 112, 3]);
  const { age } = await network.forward(face);
  ages.push(age.dataSync()[0]);
}
process.stdout.write(JSON.stringify(ages));
