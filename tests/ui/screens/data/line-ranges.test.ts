import { expect, test } from 'vitest';
import { lineRanges } from '../../../../src/ui/screens/data/line-ranges';

test('runs of three and more lines become ranges', () => {
  expect(lineRanges([3, 4, 5, 9, 11, 12])).toBe('3–5, 9, 11, 12');
});

test('order and doubles do not matter', () => {
  expect(lineRanges([5, 3, 4, 3])).toBe('3–5');
  expect(lineRanges([])).toBe('');
});
