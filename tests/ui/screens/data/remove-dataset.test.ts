import { expect, test, vi } from 'vitest';
import type { Hone } from '../../../../src/state/hone.svelte';
import { removeDataset, warningOf } from '../../../../src/ui/screens/data/remove-dataset';
import { sampleRun } from '../../../helpers/storage';

const tested = { folds: 2, test: { kind: 'file', datasetId: 'd' } } as const;
const interrupted = sampleRun('a', { name: 'Monday', state: 'interrupted' });

test('a data set that a run could be resumed on goes with a warning, as rows or as test file', () => {
  expect(warningOf([interrupted], 'd')).toBe('Without it «Monday» cannot be resumed, only finished.');
  const { request } = interrupted;
  const other = { ...interrupted, request: { ...request, datasetId: 'e', evaluation: tested } };
  expect(warningOf([other], 'd')).toContain('«Monday»');
  expect(warningOf([other], 'e')).toContain('«Monday»');
  expect(warningOf([interrupted, sampleRun('b', { state: 'succeeded' })], 'x')).toBe('');
});

test('the warning stands where the deletion can be taken back', () => {
  const remove = vi.fn();
  const hone = { datasets: { remove }, runs: { list: [interrupted] }, toasts: {} } as unknown as Hone;
  expect(removeDataset(hone, 'd')).toBe(true);
  expect(remove).toHaveBeenCalledWith('d', 'Without it «Monday» cannot be resumed, only finished.');
});

test('a data set stays while a run works on it, paused or not, since the run may have to read it again', () => {
  for (const state of ['validating', 'running', 'paused'] as const) {
    const remove = vi.fn();
    const show = vi.fn();
    const list = [sampleRun('a', { name: 'Monday', state })];
    const hone = { datasets: { remove }, runs: { list }, toasts: { show } } as unknown as Hone;
    expect(removeDataset(hone, 'd')).toBe(false);
    expect(remove).not.toHaveBeenCalled();
    expect(show).toHaveBeenCalledWith(expect.stringContaining('«Monday» works on this data set'));
    expect(removeDataset(hone, 'another')).toBe(true);
  }
});
