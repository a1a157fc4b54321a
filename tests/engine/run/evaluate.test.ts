/** One experiment as a value: asked for twice in one sequence, it is what two runs come to. */
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AppError } from '../../../src/core/errors';
import type { FoldPiece } from '../../../src/core/run/checkpoint';
import { disposeWeights } from '../../../src/engine/models/weights';
import type { Model } from '../../../src/engine/models/read-model';
import { evaluate, type EvaluationContext, quietly } from '../../../src/engine/run/evaluate';
import { type ExperimentInput, runExperiment } from '../../../src/engine/run/experiment';
import { readRows, unread } from '../../../src/engine/tasks/classification/reading';
import { startBackend } from '../../helpers/tf-node';
import { nodeThreads } from '../../helpers/threads';
import { differingBits, Notebook, toyInput, toyModel, toyContext } from '../fit/toy';

let model: Model;
beforeAll(async () => {
  await startBackend('wasm');
  model = toyModel();
});
afterAll(() => disposeWeights(model.weights));

const OPTIONS = { rows: 45, folds: 3, choices: { nEpochs: 2, batchSize: 7, dropout: 0.1 } };

async function contextOf(input: ExperimentInput): Promise<EvaluationContext> {
  const context = toyContext(input);
  return { ...context, threads: undefined, read: (await readRows(context)) ?? unread(context.corpus) };
}

/** Everything but times. */
const still = (pieces: readonly FoldPiece[] | null): unknown =>
  pieces?.map(({ outcome, ...rest }) => ({ ...rest, outcome: { ...outcome, seconds: 0 } }));

async function foldsOfRun(input: ExperimentInput): Promise<unknown> {
  const { observer, folds } = new Notebook();
  await runExperiment({ ...input, observer });
  return still(folds.filter(({ id }) => id === 'tuned'));
}

test('two in one sequence, of two methods and settings, have the bits of two runs, and leave no tensor', async () => {
  const inputs = [
    toyInput('top-layers', model, OPTIONS),
    toyInput('full', model, { ...OPTIONS, choices: { ...OPTIONS.choices, learningRate: 0.002 } }),
    toyInput('features', model, OPTIONS),
  ];
  const [first] = inputs;
  if (first === undefined) throw new Error('There are inputs.');
  const told = new Notebook();
  const context = quietly(await contextOf({ ...first, observer: told.observer, checkpoints: told.checkpoints }));
  const before = tf.memory().numTensors;
  const found: unknown[] = [];
  for (const { plan } of inputs) found.push(still(await evaluate(context, { settings: plan.settings, split: plan })));
  expect(tf.memory().numTensors).toBe(before);
  for (const [i, input] of inputs.entries()) expect(differingBits(found[i], await foldsOfRun(input))).toBe(0);
  // Nobody heard of them.
  expect([told.points, told.folds, told.log, told.pages]).toEqual([[], [], [], []]);
});

test('a trial’s folds have parts and pieces of their own, on helper threads too', async () => {
  const input = toyInput('full', model, OPTIONS);
  const context = await contextOf(input);
  const told = new Notebook();
  const parts = new Set<string>();
  const trial = 'trial 4';
  const pieces = await evaluate(
    {
      ...context,
      threads: await nodeThreads(2),
      checkpoints: { due: () => true, save: ({ part }) => Promise.resolve(void parts.add(part)) },
      observer: told.observer,
    },
    { settings: input.plan.settings, split: input.plan, trial },
  );
  expect(pieces?.map(({ id, outcome }) => [id, outcome.fold])).toEqual([0, 1, 2].map((fold) => [trial, fold]));
  expect([...parts].sort()).toEqual([0, 1, 2].map((fold) => `trial 4, fold ${fold}`));
});

test('rows that were cut at another length are refused', async () => {
  const input = toyInput('full', model, OPTIONS);
  const settings = { ...input.plan.settings, maxLength: 9 };
  const refused = evaluate(await contextOf(input), { settings, split: input.plan });
  await expect(refused).rejects.toThrow(AppError);
});
