import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { AppError } from '../../../src/core/errors';
import { NO_GUARD } from '../../../src/engine/device/guard';
import type { PlanEstimate } from '../../../src/core/run/estimate';
import type { Method } from '../../../src/core/settings/settings';
import { createCorpus } from '../../../src/engine/tasks/classification/corpus';
import { runExperiment } from '../../../src/engine/run/experiment';
import { Pace } from '../../../src/engine/fit/pace';
import { unpackedOnly } from '../../../src/engine/ops/packed-matrix';
import type { MemoryLimits } from '../../../src/core/models/memory-limits';
import { estimatePlan } from '../../../src/engine/run/plan-estimate';
import { Prefix } from '../../../src/engine/frozen/prefix';
import type { Measurable } from '../../../src/engine/tasks/classification/method';
import { startBackend } from '../../helpers/tf-node';
import { CONTINUE, differingBits, MemoryStates, SILENT, stopAfter, toyInput, toyModel } from '../fit/toy';

beforeAll(() => startBackend('wasm'));

function planOf(method: Method, control = CONTINUE) {
  const model = toyModel();
  const { data, plan } = toyInput(method, model);
  const corpus = createCorpus(data, null);
  const { settings } = plan;
  const pace = new Pace(control);
  const context: Measurable = {
    model,
    corpus,
    settings,
    pace,
    guard: NO_GUARD,
    threads: undefined,
    modelSha256: 'toy',
    encoderId: 'toy',
    further: [],
  };
  return { context, folds: plan.folds };
}

async function refusalOf(method: Method, limits: MemoryLimits): Promise<AppError> {
  const { context, folds } = planOf(method);
  const thrown: unknown = await estimatePlan(context, folds, undefined, limits).catch((error: unknown) => error);
  if (thrown instanceof AppError) return thrown;
  throw new Error('It was not refused.');
}

test.each(['features', 'few-examples', 'top-layers', 'adapter', 'full'] as const)(
  'measuring %s changes no weight, leaves no tensor and gives every part a time',
  async (method) => {
    const { context, folds } = planOf(method);
    const before = new Map(
      await Promise.all(
        Array.from(context.model.weights, async ([name, w]) => [name, (await unpackedOnly(w).data()).slice()] as const),
      ),
    );
    const tensors = tf.memory().numTensors;
    const planned = await estimatePlan(context, folds);
    expect(tf.memory().numTensors).toBe(tensors);
    for (const [name, tensor] of context.model.weights) {
      expect(differingBits(before.get(name), await unpackedOnly(tensor).data())).toBe(0);
    }
    expect(planned?.estimate.totalMs).toBeGreaterThan(0);
    expect(planned?.estimate.bytes).toBeGreaterThan(0);
    expect(planned?.estimate.epochs).toBe(['top-layers', 'adapter', 'full'].includes(method) ? 12 : null);
    expect(planned?.parts.every(({ estimateMs }) => Number.isFinite(estimateMs))).toBe(true);
  },
);

test('a plan that no part of can be held is refused, with what would fit', async () => {
  const needed = await refusalOf('full', { tensor: 1e9, total: 1 });
  expect(needed.code).toBe('plan-too-large');
  expect(needed.message).toContain('Choose Features only, close other programs, or use another device.');
  const bytes = Number(needed.details['needed']);
  // Two layers are trained: without one of them a little less is enough.
  const refused = await refusalOf('full', { tensor: 1e9, total: bytes - 1 });
  expect(refused.message).toContain('This would fit: Top layers with 1 layer');
});

test('a plan whose smallest step ran out of memory is refused without a figure: nobody knows what the device has', async () => {
  const full = { ...CONTINUE, checkpoint: () => Promise.reject(new AppError('out-of-memory', 'Full.')) };
  const { context, folds } = planOf('full', full);
  const refused: unknown = await estimatePlan(context, folds).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 'plan-too-large', message: expect.stringContaining('the memory ran out') });
  expect(String(refused)).not.toMatch(/\d [kMG]?B/);
});

test('a tensor over what the device allows in one piece is refused although there is memory', async () => {
  const refused = await refusalOf('full', { tensor: 100, total: Infinity });
  expect(refused.code).toBe('plan-too-large');
  expect(refused.message).toContain('in one piece');
});

test('it says what the frozen layers’ output takes of memory and disk, and what of it is still to be computed', async () => {
  const { context, folds } = planOf('top-layers');
  const half = ((await estimatePlan(context, folds))?.estimate.frozen?.memory ?? NaN) / 2;
  const estimated = async (change: Partial<typeof context>) => {
    const { estimate, parts } = (await estimatePlan({ ...context, ...change }, folds, [[]])) ?? {};
    return { frozen: estimate?.frozen, prefixMs: parts?.find(({ key }) => key === 'prefix')?.estimateMs };
  };
  const states = new MemoryStates();
  const stored = await estimated({ prefixBytes: 0, states });
  expect(stored.frozen).toEqual({ memory: 0, disk: half });
  expect(stored.prefixMs).toBeGreaterThan(0);
  // No room: computed at every step instead.
  const nowhere = { frozen: { memory: 0, disk: 0 }, prefixMs: 0 };
  expect(await estimated({ prefixBytes: 0, states: new MemoryStates(10) })).toEqual(nowhere);
  expect(await estimated({ prefixBytes: 0 })).toEqual(nowhere);
  // Found: nothing is left to do.
  const help = { store: states, modelSha256: 'toy', onLog: () => undefined };
  await new Prefix(context.model, context.corpus, 1, 0).prepare(context.pace, () => undefined, help);
  expect(await estimated({ prefixBytes: 0, states })).toEqual({ frozen: { memory: 0, disk: half }, prefixMs: 0 });
  expect((await estimatePlan(planOf('full').context, folds))?.estimate.frozen).toBeUndefined();
});

test('a stop while measuring gives no estimate', async () => {
  const { context, folds } = planOf('full', stopAfter(2));
  expect(await estimatePlan(context, folds)).toBeNull();
});

test('a run that is measured first comes to the same bits as one that is not', async () => {
  const estimates: PlanEstimate[] = [];
  const observer = { ...SILENT, onEstimate: (estimate: PlanEstimate) => void estimates.push(estimate) };
  const plain = await runExperiment(toyInput('full', toyModel()));
  const measured = await runExperiment({ ...toyInput('full', toyModel()), observer, measured: true });
  expect(differingBits(measured.tuned, plain.tuned)).toBe(0);
  expect(estimates).toHaveLength(1);
});
