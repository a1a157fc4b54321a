import { describe, expect, test } from 'vitest';
import { isLost, isSound } from '../../scripts/breaking.mjs';

describe('isLost', () => {
  const shown = { fold: 1, step: 40 };
  const nothing = { folds: [], checkpoints: [] };

  test('a run that a kill ended with nothing to go on from is the worst loss, not none', () => {
    for (const state of ['stopped', 'failed', 'interrupted']) expect(isLost(shown, { state, ...nothing })).toBe(true);
  });

  test('a run that had come to its end, a later step, a finished fold, or nothing shown is no loss', () => {
    expect(isLost(shown, { state: 'succeeded', ...nothing })).toBe(false);
    expect(isLost(shown, { state: 'interrupted', folds: [], checkpoints: [{ fold: 1, step: 41 }] })).toBe(false);
    expect(isLost(shown, { state: 'interrupted', folds: [1], checkpoints: [] })).toBe(false);
    expect(isLost({ fold: -1, step: 0 }, { state: 'stopped', ...nothing })).toBe(false);
  });

  test('an earlier step or another fold does not stand for it', () => {
    expect(isLost(shown, { state: 'interrupted', folds: [0], checkpoints: [{ fold: 1, step: 39 }] })).toBe(true);
  });
});

describe('isSound', () => {
  const kills = { kills: 3, torn: 0, lost: 0, resumed: 2, succeeded: 1, different: 0, slowestMs: 900 };
  const breaks = { breaks: 2, resumed: 2, succeeded: 0, different: 0, slowestMs: 900 };

  test('every break went on or had come to its end', () => {
    expect([isSound(kills), isSound(breaks)]).toEqual([true, true]);
  });

  test('a break after which a run did neither is an error, though nothing is torn, lost or different', () => {
    expect(isSound({ ...kills, resumed: 1 })).toBe(false);
    expect(isSound({ ...breaks, resumed: 0 })).toBe(false);
  });

  test.each([{ torn: 1 }, { lost: 1 }, { different: 1 }, { slowestMs: 11_000 }])('%o is an error', (fault) => {
    expect(isSound({ ...kills, ...fault })).toBe(false);
  });
});
