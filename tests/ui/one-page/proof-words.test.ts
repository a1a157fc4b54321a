import { expect, test } from 'vitest';
import { proofWords } from '../../../src/one-page/proof-words';

const parity = { answers: { rows: 1064, same: 63 }, largest_difference: 0.01234 };

test('how many answers stayed, and how far a probability was off', () => {
  expect(proofWords(parity)).toBe(
    'When it was written, this file answered 63 of 1,064 texts as the run that it was made of: no probability was off by more ' +
      'than 0.0123.',
  );
  expect(proofWords({ ...parity, largest_difference: 4e-6 })).toMatch(/off by as much as 0\.0001\.$/);
});

test.each([null, 'yes', {}, { ...parity, answers: { rows: '64', same: 64 } }, { ...parity, largest_difference: null }])(
  'nothing is claimed of %o',
  (other) => expect(proofWords(other)).toBeNull(),
);
