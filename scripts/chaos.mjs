/**
 * `node scripts/chaos.mjs [--kills 50] [--device 20] [--seed 1]`: kills the browser while it saves, loses the GPU while it
 * computes, and prints as JSON what was torn, lost, resumed and different. Exits with 1 unless all went on to the same
 * end, soon. The kills use the model of the build on WebAssembly, the GPU a random one small enough for software.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { openTypeScript } from './typescript.mjs';
import { ensureBuild, root } from './setup.mjs';
import { breakDevices, isSound, killRuns } from './breaking.mjs';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    device: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
  },
});
ensureBuild();

const vite = await openTypeScript();
const { TINY_WORDS, tinyModelFiles } = await vite.ssrLoadModule('/tests/helpers/tiny-model.ts');
const { createRandom } = await vite.ssrLoadModule('/src/core/random.ts');
const files = tinyModelFiles();
await vite.close();

const random = createRandom(Number(values.seed));
const tell = (line) => console.error(line);
const found = {};
if (Number(values.kills) > 0) {
  const rows = readFileSync(`${root}/public/samples/support-tickets.jsonl`, 'utf8')
    .trim()
    .split('\n')
    .filter((line) => ['delivery', 'refund'].includes(JSON.parse(line).label) && line.length < 110)
    .slice(0, 48);
  const choices = { method: 'top-layers', layers: 2, backend: 'wasm', folds: 2, nEpochs: 12 };
  found.kills = await killRuns({ kills: Number(values.kills), rows, choices, random, tell });
}
if (Number(values.device) > 0) {
  const word = (from) => TINY_WORDS[from + Math.floor(random() * 10)];
  const rows = Array.from({ length: 48 }, (_, i) => {
    const spam = i % 2 === 1;
    const text = [...Array.from({ length: 5 }, () => word(spam ? 0 : 10)), word(20), i].join(' ');
    return JSON.stringify({ text, label: spam ? 'spam' : 'ham' });
  });
  const choices = { method: 'full', backend: 'webgpu', folds: 2, nEpochs: 10, batchSize: 8 };
  found.device = await breakDevices({ breaks: Number(values.device), rows, choices, random, files, tell });
}
console.log(JSON.stringify(found, null, 2));
process.exit(Object.values(found).every(isSound) ? 0 : 1);
