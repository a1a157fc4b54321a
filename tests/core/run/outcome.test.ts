import { expect, test } from 'vitest';
import { lengthNote, strengthNote, unfinishedNote } from '../../../src/core/run/outcome';

test('the length of the final fit is said with the lengths it comes from', () => {
  expect(lengthNote(4, [3, 4, 4.25, 4, 6], 1240)).toBe(
    'The final model trained 4 passes on all 1,240 training rows, the median of the lengths at which the folds were best (3, 4, 4.25, 4, 6).',
  );
  expect(lengthNote(1, [], 40)).toBe(
    'The final model trained 1 pass on all 40 training rows, the planned length, as did every fold: no length was chosen by rows set aside.',
  );
});

test('a C that was chosen is said for every fold and for the fit to all rows', () => {
  expect(
    strengthNote([
      { name: 'word counts', folds: [10, 30], final: 100 },
      { name: 'features only', folds: [10, 1], final: null },
    ]),
  ).toBe(
    'C was chosen on an inner part of each fold’s training rows: word counts 10, 30 (all training rows 100); features only 10, 1.',
  );
  expect(strengthNote([])).toBeNull();
});

test('a model kept after a stop says what it is', () => {
  expect(unfinishedNote([])).toMatch(/first fold/);
  expect(unfinishedNote([{ fold: 1 }])).toMatch(/that of fold 2, trained without/);
  expect(unfinishedNote([{ fold: 1 }, { fold: 2 }])).toMatch(
    /the fold that was finished last, trained without that fold’s rows/,
  );
});
