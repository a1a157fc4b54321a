/**
 * Accuracy of a method on a test file of its own, on WebAssembly in Node. Prints JSON: one result per seed, and the mean.
 * Settings that are not named are on auto.
 *
 *   node bench/accuracy.mjs --data train.jsonl --test test.jsonl --method full --seeds 3 --nEpochs 6 --batchSize 16
 *   … --folds 5                the page's own protocol
 *   … --folds 5 --lengths 4    the same without training the folds, as if each had been best after 4 passes (`4,6,5,…`
 *                              one by one, `full` for folds that choose no length): the kept model is the same
 *   … --rows 600               the first 600 rows only
 *   … --encoder both         minilm (default), e5, both, auto; --recipe plain for the last layer alone
 *   … --seed 43                seeds from 43 on instead of from 42
 */
import { encoderOf } from '../scripts/encoders.mjs';
import { openTypeScript } from '../scripts/typescript.mjs';

const options = readOptions(process.argv.slice(2));
const {
  data,
  test,
  method = 'features',
  seeds = 1,
  seed: first = 42,
  folds = 0,
  lengths,
  rows = 0,
  encoder = 'minilm',
  recipe = 'auto',
  ...choices
} = options;
if (typeof data !== 'string' || typeof test !== 'string') {
  console.error(
    'Expected --data train.jsonl --test test.jsonl [--method full] [--seeds 3] [--folds 5] [--nEpochs 6 …]',
  );
  process.exit(2);
}

const vite = await openTypeScript();
try {
  const { measure } = await vite.ssrLoadModule('/bench/method-accuracy.ts');
  const results = [];
  const seedList = Array.from({ length: Number(seeds) }, (_, i) => first + i);
  for await (const result of measure({
    data,
    test,
    method,
    choices: { ...choices, recipe: recipe === 'auto' ? 'choose' : recipe },
    encoder: encoderOf(encoder),
    seeds: seedList,
    folds,
    lengths: readLengths(lengths),
    rows,
    tell: (line) => console.error(line),
  })) {
    results.push(result);
    console.log(JSON.stringify({ ...result, tuned: undefined }));
  }
  const mean = (of) => results.reduce((sum, result) => sum + of(result), 0) / results.length;
  console.log(JSON.stringify({ method, accuracy: mean((r) => r.accuracy), macroF1: mean((r) => r.macroF1) }));
} finally {
  await vite.close();
}

function readLengths(words) {
  if (words === undefined) return null;
  if (words === 'full') return [];
  const list = String(words).split(',').map(Number);
  return list.length > 1 ? list : Array.from({ length: folds }, () => list[0]);
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
