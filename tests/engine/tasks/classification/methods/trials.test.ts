/** Steps that are timed before a run: which rows they take, how much they are told to compute, and that they are the run's. */
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Method } from '../../../../../src/core/settings/settings';
import { bucketLength } from '../../../../../src/core/text/batches';
import { bertCounts } from '../../../../../src/engine/models/bert/counts';
import { withWeights } from '../../../../../src/engine/models/encoder';
import type { Model } from '../../../../../src/engine/models/read-model';
import { disposeWeights } from '../../../../../src/engine/models/weights';
import { Prefix } from '../../../../../src/engine/frozen/prefix';
import { Classifier } from '../../../../../src/engine/tasks/classification/classifier';
import { trainingIds } from '../../../../../src/engine/tasks/classification/corpus';
import type { StepTrial } from '../../../../../src/engine/tasks/classification/method';
import { pairLosses } from '../../../../../src/engine/tasks/classification/pair-loss';
import { classificationMethod } from '../../../../../src/engine/tasks/classification/registry';
import { startBackend } from '../../../../helpers/tf-node';
import { tinyConfig } from '../../../../helpers/tiny-bert';
import { stopAfter, toyContext, toyInput, toyModel } from '../../../fit/toy';

let model: Model;
beforeAll(async () => {
  await startBackend('wasm');
  model = toyModel();
});
afterAll(() => disposeWeights(model.weights));

const ROWS = 30;

function trialOf(method: Method) {
  // Rows to test stand behind those for training, and are not trained on.
  const context = toyContext(toyInput(method, model, { rows: ROWS, test: 9, choices: { batchSize: 8 } }));
  const trial = classificationMethod(method).trial(context);
  if (!trial) throw new Error('It trains step by step.');
  return { context, trial };
}

async function lossOf(trial: StepTrial, part: readonly number[]): Promise<number> {
  const losses = await trial.losses(part);
  if (losses?.length !== 1) throw new Error('A part is one micro-batch.');
  return valueOf(losses);
}

async function valueOf([loss]: readonly (() => tf.Tensor)[]): Promise<number> {
  if (!loss) throw new Error('There is a loss.');
  const value = tf.tidy(loss);
  const [number = NaN] = await value.data();
  value.dispose();
  return number;
}

const flops = (batch: number, tokens: number): number => bertCounts(tinyConfig).layerFlops({ batch, tokens });

test.each([
  ['top-layers', 3 * 1, 1],
  ['full', 3 * tinyConfig.layers, tinyConfig.layers],
  ['adapter', 2 * tinyConfig.layers, tinyConfig.layers],
] as const)('%s: every training row once, counted by the layers that learn; the losses of the run', async (...row) => {
  const [method, passes, layers] = row;
  const { context, trial } = trialOf(method);
  const { parts, fork } = trial;
  expect(parts.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: ROWS }, (_, i) => i));
  expect(parts.map((part) => part.length).sort()).toEqual([6, 8, 8, 8]);
  for (const part of parts) {
    const tokens = bucketLength(Math.max(...part.map((i) => context.corpus.lengths[i] ?? 0)));
    expect(trial.flopsOf(part)).toBe(passes * flops(part.length, tokens));
  }
  const [part = []] = parts;
  const prefix = new Prefix(model, context.corpus, tinyConfig.layers - layers);
  await prefix.fetch(part);
  const own = new Classifier(withWeights(model, fork.weights, fork.lora), context.corpus, prefix);
  const { dropout, seed, l1, l2 } = context.settings;
  const expected = await valueOf(own.losses([part], { classWeights: null, dropout, seed, l1, l2 }));
  expect(await lossOf(trial, part)).toBeCloseTo(expected, 6);
  fork.dispose();
});

test('a trial that is stopped while the frozen layers run has no losses', async () => {
  const input = { ...toyInput('top-layers', model, { rows: ROWS }), control: stopAfter(0) };
  const trial = classificationMethod('top-layers').trial(toyContext(input));
  expect(await trial?.losses([0, 1])).toBeNull();
  trial?.fork.dispose();
});

test('few examples: batches as a step has them, all pairs compared', async () => {
  const { context, trial } = trialOf('few-examples');
  const { parts, fork } = trial;
  const { corpus, settings } = context;
  const labelOf = (row: number) => corpus.labelIndices[row] ?? -1;
  // Three labels, two rows of each; as many batches as all rows fill.
  expect(parts).toHaveLength(4);
  for (const part of parts) expect(part.map(labelOf).sort()).toEqual([0, 0, 1, 1, 2, 2]);
  const [part = []] = parts;
  const tokens = bucketLength(Math.max(...part.map((i) => corpus.lengths[i] ?? 0)));
  expect(trial.flopsOf(part)).toBe(3 * tinyConfig.layers * flops(part.length, tokens));
  const encoder = withWeights(model, fork.weights);
  const { dropout, seed } = settings;
  const rows = { idsOf: trainingIds(corpus, 'none', 0), labelOf };
  const expected = await valueOf(pairLosses(encoder, rows, [part], { dropout, seed }));
  expect(await lossOf(trial, part)).toBeCloseTo(expected, 6);
  fork.dispose();
});

test('nothing of features only is timed: it has no steps', () => {
  const context = toyContext(toyInput('features', model));
  expect(classificationMethod('features').trial(context)).toBeNull();
});

test('what each method keeps frozen, copies for a fold beside others, and needs of a step', () => {
  const about = (method: Method, layers = 1) => {
    const { corpus, settings } = toyContext(toyInput(method, model, { rows: ROWS, choices: { layers } }));
    const { frozenLayers, copiedBytes, leastRows, needsReading } = classificationMethod(method);
    const frozen = frozenLayers(settings, { layers: 6 });
    return [frozen, copiedBytes({ corpus, model, further: [], settings }), leastRows, needsReading];
  };
  const { corpus } = toyContext(toyInput('full', model, { rows: ROWS }));
  const tokens = corpus.distinct.tokenIds.reduce((sum, ids) => sum + ids.length, 0);
  expect(about('top-layers', 2)).toEqual([4, 4 * tokens * tinyConfig.hiddenSize, 1, false]);
  expect(about('full')).toEqual([0, 0, 1, false]);
  expect(about('adapter')).toEqual([0, 0, 1, false]);
  expect(about('few-examples')).toEqual([0, 0, 4, false]);
  // So few rows are not worth a thread.
  expect(about('features')).toEqual([0, null, 1, true]);
});

test('a fold of features only is worth a thread from about a second on, and copies three layers of every encoder', () => {
  const input = toyInput('features', model, { rows: 600, choices: { recipe: 'choose' } });
  const { corpus, settings } = toyContext(input);
  const { copiedBytes } = classificationMethod('features');
  const texts = corpus.distinct.tokenIds.length;
  const hidden = tinyConfig.hiddenSize;
  expect(copiedBytes({ corpus, model, further: [], settings })).toBe(4 * 3 * hidden * texts);
  const second = { config: { ...model.config, hiddenSize: 7 }, family: model.family };
  const further = [{ ...second, id: 'b', sha256: 'b', maxTokens: 64, tokenIds: [], names: [], place: () => model }];
  expect(copiedBytes({ corpus, model, further, settings })).toBe(4 * 3 * (hidden + 7) * texts);
});
