/** How long fine-tuning is and how often it looks: numbers fixed before the first step. */
import { describe, expect, test } from 'vitest';
import { sampleSettings } from '../../../helpers/report-sample';
import { lengthsOf } from '../../../../src/engine/tasks/classification/methods/fine-tune';
import { watchedRows } from '../../../../src/engine/tasks/classification/validation';

const settings = { ...sampleSettings, batchSize: 10, gradientAccumulation: 1, nEpochs: 3 };

describe('steps of a fit', () => {
  test('an epoch is the batches of its rows, the last short, as many to a step as are added up', () => {
    expect(lengthsOf(settings, 41, null)).toEqual({ perEpoch: 5, planned: 15, last: 15, validateEvery: 5 });
    expect(lengthsOf({ ...settings, gradientAccumulation: 2 }, 41, null)).toMatchObject({ perEpoch: 3, planned: 9 });
    expect(lengthsOf(settings, 40, null).perEpoch).toBe(4);
  });

  test('the final fit ends where the folds were best, to the nearest step, and makes one at least', () => {
    expect(lengthsOf(settings, 40, 1.5)).toMatchObject({ planned: 12, last: 6 });
    expect(lengthsOf(settings, 40, 1.4)).toMatchObject({ last: 6 });
    expect(lengthsOf(settings, 40, 1.3)).toMatchObject({ last: 5 });
    expect(lengthsOf(settings, 40, 0.01)).toMatchObject({ last: 1 });
  });

  test('an epoch of over sixty steps is looked at four times, a shorter one at its end', () => {
    expect(lengthsOf(settings, 600, null)).toMatchObject({ perEpoch: 60, validateEvery: 60 });
    expect(lengthsOf(settings, 610, null)).toMatchObject({ perEpoch: 61, validateEvery: 16 });
  });
});

test('of many rows that a fold is scored on, five hundred evenly over all of them are watched', () => {
  const rows = (count: number) => Int32Array.from({ length: count }, (_, i) => 10 + i);
  expect(watchedRows(rows(500))).toEqual(rows(500));
  const watched = watchedRows(rows(1000));
  expect(watched).toHaveLength(500);
  expect([...watched.slice(0, 3), watched.at(-1)]).toEqual([10, 12, 14, 1008]);
  expect(watchedRows(rows(501))).toHaveLength(500);
  expect(new Set(watchedRows(rows(501))).size).toBe(500);
});
