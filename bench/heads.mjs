/**
 * What else a classifier could sit on than the vectors of the tuned encoder: recipes on the tuned encoder, with others beside
 * it, and an average with the recipes of the encoders as they came. Prints JSON: accuracies on the test file, one result a
 * seed, and the means. For methods that change an encoder.
 *
 *   node bench/heads.mjs --data train.jsonl --test test.jsonl --method few-examples --seeds 3 [--maxSteps 120 …] [--keep DIR]
 */
import { openTypeScript } from '../scripts/typescript.mjs';

const args = process.argv.slice(2);
const options = {};
for (let i = 0; i + 1 < args.length; i += 2) options[args[i].slice(2)] = args[i + 1];
const { data, test, method = 'few-examples', seeds = '1', keep = null, ...choices } = options;
if (!data || !test) {
  console.error('Expected --data train.jsonl --test test.jsonl [--method few-examples] [--seeds 3] [--maxSteps 120 …]');
  process.exit(2);
}
const valueOf = (text) => (Number.isNaN(Number(text)) ? text : Number(text));
const vite = await openTypeScript();
try {
  const { measure } = await vite.ssrLoadModule('/bench/heads.ts');
  const results = [];
  for await (const result of measure({
    ...{ data, test, method, keep },
    choices: Object.fromEntries(Object.entries(choices).map(([key, text]) => [key, valueOf(text)])),
    seeds: Array.from({ length: Number(seeds) }, (_, i) => 42 + i),
    tell: (line) => console.error(line),
  })) {
    results.push(result);
    console.log(JSON.stringify(result));
  }
  const mean = (name) => results.reduce((sum, { heads }) => sum + heads[name], 0) / results.length;
  console.log(JSON.stringify(Object.fromEntries(Object.keys(results[0].heads).map((name) => [name, mean(name)]))));
} finally {
  await vite.close();
}
process.exit(0);
