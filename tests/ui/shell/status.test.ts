import { expect, test } from 'vitest';
import { statusLine } from '../../../src/ui/shell/status';

const progress = { phase: 'fold', fold: 1, folds: 5, epoch: 0, epochs: 4 } as const;

test('the status line is silent while nothing happens', () => {
  expect(statusLine({ reading: null, jobState: null, progress: null })).toBe('');
});

test('it changes with the fold and the epoch, not with the step', () => {
  const at = (epoch: number): string =>
    statusLine({ reading: null, jobState: 'running', progress: { ...progress, epoch } });
  expect(at(0)).toBe('Fold 2 of 5, epoch 1 of 4.');
  expect(at(1)).toBe('Fold 2 of 5, epoch 2 of 4.');
  // The progress of the last step stands at the end of the last epoch.
  expect(at(4)).toBe('Fold 2 of 5, epoch 4 of 4.');
});

test('a failed run is never told as finished', () => {
  expect(statusLine({ reading: null, jobState: 'failed', progress })).toBe('Training failed.');
  expect(statusLine({ reading: null, jobState: 'interrupted', progress })).toMatch(/broken off/);
  expect(statusLine({ reading: null, jobState: 'succeeded', progress })).toMatch(/finished/);
});

test('a file on its way in goes first', () => {
  expect(statusLine({ reading: 'a.jsonl', jobState: 'running', progress })).toBe('Reading a.jsonl.');
});
