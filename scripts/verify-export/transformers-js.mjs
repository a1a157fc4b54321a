/**
 * Loads the ONNX folders of a classifier as a web page would, by a local path: `node transformers-js.mjs FOLDER PACKAGES`; a JSON
 * line for each check. Its runtime in Node is onnxruntime's own.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, packages] = process.argv.slice(2);
const require = createRequire(join(packages, 'package.json'));
const { env, pipeline } = await import(pathToFileURL(require.resolve('@huggingface/transformers')).href);
env.allowRemoteModels = false;

const answered = JSON.parse(readFileSync(join(folder, 'answers.json'), 'utf8'));
const { labels } = answered;
// Three ways of its own: its lower case of a last Σ is ς, where the reference's is σ (core/text/word-piece.ts), it cuts a long
// text together with the token that ends it, and to its Unigram the joiner within an emoji is a space, where the reference knows
// no such letter.
const { ids, maxLength } = answered;
const { model } = JSON.parse(readFileSync(join(folder, 'onnx/classifier/tokenizer.json'), 'utf8'));
const readsOtherwise = (text) => text.includes('Σ') || (model.type === 'Unigram' && text.includes('\u200D'));
const kept = [...ids.keys()].filter((row) => ids[row].length < maxLength && !readsOtherwise(answered.texts[row]));
const texts = kept.map((row) => answered.texts[row]);
const probabilities = kept.map((row) => answered.probabilities[row]);
/** By transformers.js's name of the type: how far a probability may be off, and how near two labels are as likely. */
const FORMS = { onnx: ['fp32', 1e-4, 2e-4], 'onnx-int8': ['q8', 0.1, 0.02] };

for (const [name, [dtype, tolerance, tie]] of Object.entries(FORMS)) {
  env.localModelPath = join(folder, name);
  const ask = await pipeline('text-classification', 'classifier', { dtype });
  for (const size of [1, 7, 64]) {
    let [largest, others] = [0, 0];
    for (let at = 0; at < texts.length; at += size) {
      const answers = await ask(texts.slice(at, at + size), { top_k: labels.length });
      answers.forEach((answer, i) => {
        const wanted = probabilities[at + i];
        const scores = new Map(answer.map(({ label, score }) => [label, score]));
        labels.forEach((label, id) => {
          const difference = Math.abs((scores.get(label) ?? NaN) - wanted[id]);
          if (!(difference <= largest)) largest = difference;
        });
        const chosen = wanted[labels.indexOf(answer[0].label)] ?? 0;
        if (Math.max(...wanted) - chosen > tie) others++;
      });
    }
    const rows = texts.length;
    line({ export: name, tool: `transformers.js, ${size} at a time`, rows, difference: largest, tolerance });
    line({ export: name, tool: `transformers.js, ${size}: other answers`, rows, difference: others, tolerance: 0 });
  }
}

function line(check) {
  console.log(JSON.stringify({ ...check, control: false, ok: check.difference <= check.tolerance }));
}
