import { expect, test } from 'vitest';
import { AppError } from '../../../src/core/errors';
import type { PlanEstimate } from '../../../src/core/run/estimate';
import { autoChoices } from '../../../src/core/settings/defaults';
import { Measuring, type Plan } from '../../../src/state/measuring.svelte';

const ESTIMATE: PlanEstimate = { totalMs: 1000, bytes: 1, backend: 'wasm', folds: 3, epochs: 4 };
const PLAN: Plan = {
  datasetId: 'd',
  datasetVersion: 1,
  modelId: 'm',
  method: 'full',
  choices: autoChoices(),
  evaluation: { folds: 3, test: { kind: 'none' } },
  backend: 'wasm',
  limit: 0,
};

test('an answer holds for the plan it was asked for and for no other', async () => {
  const measuring = new Measuring({ estimate: () => Promise.resolve(ESTIMATE) });
  await measuring.measure(PLAN);
  expect(measuring.of({ ...PLAN })).toEqual({ kind: 'done', estimate: ESTIMATE });
  expect(measuring.of({ ...PLAN, limit: 10 })).toEqual({ kind: 'none' });
});

test('a plan that does not fit is told with its reason', async () => {
  const refused = new AppError('plan-too-large', 'Too large.');
  const measuring = new Measuring({ estimate: () => Promise.reject(refused) });
  await measuring.measure(PLAN);
  expect(measuring.of(PLAN)).toMatchObject({ kind: 'failed', error: { code: 'plan-too-large' } });
});

test('a measurement that was stopped says nothing, whatever comes of it', async () => {
  let answer: (estimate: PlanEstimate) => void = () => undefined;
  let stopped: AbortSignal | undefined;
  const measuring = new Measuring({
    estimate: (_, signal) => {
      stopped = signal;
      return new Promise((resolve) => (answer = resolve));
    },
  });
  const asked = measuring.measure(PLAN);
  expect(measuring.of(PLAN)).toEqual({ kind: 'working' });
  measuring.stop();
  expect(stopped?.aborted).toBe(true);
  answer(ESTIMATE);
  await asked;
  expect(measuring.of(PLAN)).toEqual({ kind: 'none' });
});
