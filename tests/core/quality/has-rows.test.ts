import { expect, test } from 'vitest';
import { makeFinding } from '../../../src/core/data/finding';
import { markRows } from '../../../src/core/quality/has-rows';

test('a finding has rows where one of its lines is a usable row', () => {
  const finding = (lines: number[]) =>
    makeFinding(
      { id: lines.join(), severity: 'warning', title: '', detail: '' },
      { count: lines.length, lines, examples: [] },
    );
  const rows = [2, 8, 1_000_001].map((line) => ({ line, text: '', target: '' }));
  const marked = markRows([finding([1, 3, 16]), finding([1, 8]), finding([1_000_001]), finding([])], rows);
  expect(marked.map(({ hasRows }) => hasRows)).toEqual([false, true, true, false]);
  expect(markRows([finding([1])], []).map(({ hasRows }) => hasRows)).toEqual([false]);
});
