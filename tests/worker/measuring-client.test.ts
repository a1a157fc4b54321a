import { expect, test, vi } from 'vitest';
import { AppError, toErrorData } from '../../src/core/errors';
import { MeasuringClient } from '../../src/worker/measuring-client';
import { fakeWorkers } from '../helpers/fake-worker';
import { request } from '../helpers/job';

const ESTIMATE = { totalMs: 1, bytes: 2, backend: 'wasm', folds: 3, epochs: null };

test('an estimate arrives, and its worker is ended with it', async () => {
  const { made, create } = fakeWorkers();
  const asked = new MeasuringClient('', create).estimate(request({}));
  made[0]?.answer({ type: 'estimated', requestId: made[0].lastId, estimate: ESTIMATE });
  expect(await asked).toEqual(ESTIMATE);
  expect(made[0]?.terminated).toBe(true);
});

test('a refusal arrives as the error that it was', async () => {
  const { made, create } = fakeWorkers();
  const asked = new MeasuringClient('', create).estimate(request({}));
  const error = new AppError('plan-too-large', 'Too large.', { details: { needed: 5 } });
  made[0]?.answer({ type: 'failed', requestId: made[0].lastId, error: toErrorData(error) });
  await expect(asked).rejects.toMatchObject({ code: 'plan-too-large', details: { needed: 5 } });
});

test('abort ends the worker at once and leaves the next measurement alone', async () => {
  const { made, create } = fakeWorkers();
  const client = new MeasuringClient('', create);
  const abort = new AbortController();
  const first = client.estimate(request({}), abort.signal);
  abort.abort();
  expect(made[0]?.terminated).toBe(true);
  const second = client.estimate(request({}));
  await expect(first).rejects.toMatchObject({ code: 'cancelled' });
  expect(made[1]?.terminated).toBe(false);
  made[1]?.answer({ type: 'estimated', requestId: made[1].lastId, estimate: ESTIMATE });
  expect(await second).toEqual(ESTIMATE);
});

test('figures of the bench come on the way, and two measurements at once are refused', async () => {
  const { made, create } = fakeWorkers();
  const client = new MeasuringClient('', create);
  const onProgress = vi.fn();
  const benching = client.bench('webgpu', { onProgress });
  await expect(client.estimate(request({}))).rejects.toMatchObject({ code: 'busy' });
  const requestId = made[0]?.lastId;
  made[0]?.answer({ type: 'bench-progress', requestId, doing: 'Training step', result: null });
  made[0]?.answer({ type: 'benched', requestId, result: { gflops: 1 } });
  expect(await benching).toEqual({ gflops: 1 });
  expect(onProgress).toHaveBeenCalledWith('Training step', null);
});
