/**
 * Accuracy of a method on a test file of its own, on WebAssembly in Node, without folds. Prints JSON: one result per
 * seed, and the mean. Settings that are not named are on auto.
 *
 *   node bench/accuracy.mjs --data train.jsonl --test test.jsonl --method full --seeds 3 --nEpochs 6 --batchSize 16
 */
import { openTypeScript } from '../scripts/typescript.mjs';

const options = readOptions(process.argv.slice(2));
const { data, test, method = 'features', seeds = 1, ...choices } = options;
if (typeof data !== 'string' || typeof test !== 'string') {
  console.error('Expected --data train.jsonl --test test.jsonl [--method full] [--seeds 3] [--nEpochs 6 …]');
  process.exit(2);
}

const vite = await openTypeScript();
try {
  const { measure } = await vite.ssrLoadModule('/bench/accuracy.ts');
  const results = [];
  const seedList = Array.from({ length: Number(seeds) }, (_, i) => 42 + i);
  for await (const result of measure({
    data,
    test,
    method,
    choices,
    seeds: seedList,
    tell: (line) => console.error(line),
  })) {
    results.push(result);
    console.log(JSON.stringify(result));
  }
  const mean = (of) => results.reduce((sum, result) => sum + of(result), 0) / results.length;
  console.log(JSON.stringify({ method, accuracy: mean((r) => r.accuracy), macroF1: mean((r) => r.macroF1) }));
} finally {
  await vite.close();
}

/** `--name value` pairs; numbers and true/false as such. */
function readOptions(words) {
  const pairs = [];
  for (let i = 0; i < words.length; i += 2) {
    const value = words[i + 1] ?? '';
    const read =
      value === 'true' ? true : value === 'false' ? false : Number.isNaN(Number(value)) ? value : Number(value);
    pairs.push([words[i].replace(/^--/, ''), read]);
  }
  return Object.fromEntries(pairs);
}
