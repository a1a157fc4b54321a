import { expect, test } from 'vitest';
import { foldPart, readingPart } from '../../../src/core/run/parts';
import { isAtWork, isFinal, type JobState } from '../../../src/core/run/record';

test('a fold’s part is named by its number, and by its trial where it is one’s', () => {
  // Kept checkpoints carry these names: another build finds its fits by them.
  expect([foldPart(0), foldPart(2), foldPart(2, 'trial 1')]).toEqual(['fold 0', 'fold 2', 'trial 1, fold 2']);
});

test('the first encoder’s reading has no number', () => {
  expect([readingPart(0), readingPart(1), readingPart(2)]).toEqual(['features', 'features 2', 'features 3']);
});

const STATES: JobState[] = [
  ...(['validating', 'queued', 'running', 'paused', 'interrupted'] as const),
  ...(['succeeded', 'failed', 'stopped', 'cancelled'] as const),
];

test('a run that ended does not leave its state; one that is broken off is neither at work nor at its end', () => {
  expect(STATES.filter(isFinal)).toEqual(['succeeded', 'failed', 'stopped', 'cancelled']);
  expect(STATES.filter(isAtWork)).toEqual(['validating', 'queued', 'running', 'paused']);
});
