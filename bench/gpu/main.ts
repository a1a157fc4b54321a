/**
 * The engine on a real GPU, in Node with Dawn and without model files: weights of MiniLM's shape drawn from a seed. Prints one
 * JSON line after each part, so that a run that is cut loses little. Built and packed by bench/pack.mjs.
 */
import { create, globals } from 'webgpu';
import type { BertConfig } from '../../src/engine/models/bert/config';
import { runSuite, TOP_LAYERS } from '../../src/engine/bench/suite';
import { evenBatch, forwardOnce, Trial, type Subject } from '../../src/engine/bench/trial';
import { initBackend } from '../../src/engine/device/select';
import { generationSelfTest, selfTest } from '../../src/engine/proof/self-test';
import { tinyEncoder, tinyWeights } from '../../tests/helpers/tiny-bert';
import { generation } from './generation';
import { addFeatures, kernelTimes } from './kernel-times';
import { reading } from './reading';
import { variants } from './variants';

const CONFIG: BertConfig = {
  vocabSize: 30_522,
  hiddenSize: 384,
  layers: 6,
  heads: 12,
  intermediateSize: 1536,
  maxPositions: 512,
  typeVocabSize: 2,
  layerNormEps: 1e-12,
};
const SHAPES = [
  [16, 32],
  [16, 64],
  [32, 128],
  [64, 128],
  [16, 256],
] as const;
/** multilingual-e5-small, with as many words as a data set may use. */
const E5_CONFIG: BertConfig = { ...CONFIG, vocabSize: 5000, layers: 12 };
const TURNS = 20;

const minutes = Number(process.argv[2] ?? 5);
/** `reading` or `generation`: that part alone; reading with the products. */
const only = process.argv[3];
const endMs = performance.now() + minutes * 60_000;

Object.assign(globalThis, globals);
// Without the feature that is switched off here times come in steps of 0.1 ms.
const gpu = create(['backend=vulkan', 'disable-dawn-features=timestamp_quantization']);
Object.defineProperty(globalThis, 'document', { value: { createElement: () => ({}) }, configurable: true });
Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
if (adapter === null) throw new Error('No adapter: is there a Vulkan driver, and does VK_ICD_FILENAMES name it?');
const { vendor, architecture, device: name, description } = adapter.info;
say('adapter', { vendor, architecture, name, description, features: [...adapter.features].sort() });
addFeatures(adapter);
const { description: device } = await initBackend('webgpu');

for (const part of ['self-test', 'self-test again']) {
  const startedMs = performance.now();
  const { passed, worst } = await selfTest();
  say(part, { seconds: (performance.now() - startedMs) / 1000, passed, worst });
}

if (only !== 'reading') {
  for (const part of ['self-test of written answers', '… again']) {
    const startedMs = performance.now();
    const { passed, worst } = await generationSelfTest();
    say(part, { seconds: (performance.now() - startedMs) / 1000, passed, worst });
  }
  for await (const part of generation(time)) say('generation', part);
}
if (only === 'generation') process.exit(0);

for await (const part of reading(E5_CONFIG, time)) say('reading', part);
if (only === 'reading') {
  for (const part of [variants.products, variants.unpacking]) say('variants', await part());
  process.exit(0);
}

const subject: Subject = tinyEncoder(tinyWeights(7, CONFIG), CONFIG);
const suite = await runSuite(subject, {
  device,
  browser: `node ${process.versions.node}`,
  model: 'drawn from a seed',
  tell: () => undefined,
  turn: () => new Promise((resolve) => setImmediate(resolve)),
});
say('suite', suite);
for (const [rows, tokens] of SHAPES) {
  if (performance.now() > endMs) break;
  const batch = evenBatch(CONFIG, rows, tokens);
  const top = new Trial(subject, { dropout: 0.1, seed: 1, layers: TOP_LAYERS });
  await top.prepare(batch);
  const topStep = await time(() => top.step(batch));
  top.dispose();
  const trial = new Trial(subject, { dropout: 0.1, seed: 1 });
  const forward = await time(() => forwardOnce(subject, batch));
  const step = await time(() => trial.step(batch));
  say('shape', { rows, tokens, forward, step, [`step of the last ${TOP_LAYERS} layers`]: topStep });
  say('kernels', { rows, tokens, ...(await kernelTimes(() => trial.step(batch))) });
  trial.dispose();
}
for (const part of [variants.products, variants.unpacking, variants.gradients, variants.attention, variants.sums]) {
  if (performance.now() > endMs) break;
  say('variants', await part());
}
process.exit(0);

function say(part: string, values: object): void {
  console.log(JSON.stringify({ part, ...values }));
}

/** Milliseconds of some turns after three that compile: the best and the median. */
async function time(work: () => Promise<unknown>): Promise<{ best: number; median: number }> {
  for (let i = 0; i < 3; i++) await work();
  const times: number[] = [];
  for (let i = 0; i < TURNS; i++) {
    const startedMs = performance.now();
    await work();
    times.push(performance.now() - startedMs);
  }
  times.sort((a, b) => a - b);
  return { best: times[0] ?? NaN, median: times[TURNS >> 1] ?? NaN };
}
