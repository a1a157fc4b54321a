import { expect, test, vi } from 'vitest';
import type { Dataset } from '../../../src/core/data/dataset';
import { AppError } from '../../../src/core/errors';
import type { NamesMeasured } from '../../../src/core/run/names-alone';
import { NamesAlone } from '../../../src/state/names-alone.svelte';
import type { MeasuringClient } from '../../../src/worker/measuring-client';

const MEASURED: NamesMeasured = {
  ...{ rows: 10, ofRows: 10, labels: 2, encoders: ['m'] },
  ...{ described: { right: 8, speaking: 2 }, bare: { right: 5, speaking: 2 } },
};

const datasetOf = (change: Partial<Dataset> = {}): Dataset =>
  ({ id: 'd', currentVersion: 1, labelDescriptions: { bug: 'it crashes' }, ...change }) as Dataset;

type Options = Parameters<MeasuringClient['measureNames']>[1];

function harness() {
  const asked: {
    of: unknown;
    options: Options;
    answer: (value: NamesMeasured) => void;
    fail: (error: Error) => void;
  }[] = [];
  const client = {
    measureNames: (of: unknown, options: Options) =>
      new Promise<NamesMeasured>((answer, fail) => asked.push({ of, options, answer, fail })),
  };
  return { names: new NamesAlone(client, { backend: 'wasm' }), asked };
}

test('a figure holds for the rows and descriptions that it was measured with', async () => {
  const { names, asked } = harness();
  expect(names.of(datasetOf())).toEqual({ kind: 'none' });
  const measuring = names.measure(datasetOf());
  expect(asked[0]?.of).toEqual({ datasetId: 'd', version: 1, backend: 'wasm' });
  asked[0]?.options?.onProgress?.(3, 10);
  expect(names.of(datasetOf())).toEqual({ kind: 'working', done: 3, total: 10 });
  asked[0]?.answer(MEASURED);
  await measuring;
  expect(names.of(datasetOf())).toEqual({ kind: 'done', measured: MEASURED, stale: false });
  for (const change of [{ currentVersion: 2 }, { labelDescriptions: { bug: 'other' } }, { labelDescriptions: {} }]) {
    expect(names.of(datasetOf(change))).toMatchObject({ kind: 'done', stale: true });
  }
  expect(names.of(datasetOf({ id: 'other' }))).toEqual({ kind: 'none' });
});

test('stopped, nothing is measured any more and what still comes is dropped', async () => {
  const { names, asked } = harness();
  const measuring = names.measure(datasetOf());
  names.stop();
  expect(asked[0]?.options?.signal?.aborted).toBe(true);
  expect(names.of(datasetOf())).toEqual({ kind: 'none' });
  asked[0]?.options?.onProgress?.(3, 10);
  asked[0]?.answer(MEASURED);
  await measuring;
  expect(names.of(datasetOf())).toEqual({ kind: 'none' });
});

test('why it failed is kept, until it is asked again', async () => {
  const { names, asked } = harness();
  void names.measure(datasetOf());
  asked[0]?.fail(new AppError('busy', 'A run is working.'));
  await vi.waitFor(() => expect(names.of(datasetOf())).toMatchObject({ kind: 'failed', error: { code: 'busy' } }));
  void names.measure(datasetOf());
  expect(names.of(datasetOf()).kind).toBe('working');
});
