import { expect, test } from 'vitest';
import { Hits, makeFinding } from '../../../src/core/data/finding';

const WORDS = { id: 'odd', severity: 'warning', title: 'Odd', detail: '' } as const;

test('all rows are kept, however many, and five are shown', () => {
  const hits = new Hits();
  for (let i = 1; i <= 10_005; i++) hits.add({ rowId: i + 7, line: i }, `text ${i}`);
  const found = makeFinding(WORDS, hits);
  expect(found.count).toBe(10_005);
  expect([found.lines.length, found.lines.at(-1)]).toEqual([10_005, 10_005]);
  expect([found.rowIds?.length, found.rowIds?.at(-1)]).toEqual([10_005, 10_012]);
  expect(found.examples.map(({ line }) => line)).toEqual([1, 2, 3, 4, 5]);
});

test('lines that are no rows yet have no ids', () => {
  const hits = new Hits();
  hits.addLine(3, 'x', 'why');
  expect(makeFinding(WORDS, hits)).toMatchObject({ count: 1, lines: [3], rowIds: null, examples: [{ reason: 'why' }] });
  expect(makeFinding(WORDS)).toMatchObject({ count: 0, lines: [], rowIds: null });
});
