import { expect, test } from 'vitest';
import { lengthNote, unfinishedNote } from '../../../src/core/plan/outcome';

test('the length of the final fit is said with the lengths it comes from', () => {
  expect(lengthNote(4, [3, 4, 4.25, 4, 6], 1240)).toBe(
    'The final model trained 4 passes on all 1,240 training rows, the median of the lengths at which the folds were best (3, 4, 4.25, 4, 6).',
  );
  expect(lengthNote(1, [], 40)).toBe('The final model trained 1 pass on all 40 training rows, the planned length.');
});

test('a model kept after a stop says what it is', () => {
  expect(unfinishedNote(0)).toMatch(/first fold/);
  expect(unfinishedNote(2)).toMatch(/fold 2, trained without that fold’s rows/);
});
