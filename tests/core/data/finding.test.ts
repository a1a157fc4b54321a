import { expect, test } from 'vitest';
import { Hits, MAX_FINDING_LINES } from '../../../src/core/data/finding';

test('all lines are counted, ten thousand kept, five shown', () => {
  const hits = new Hits();
  for (let line = 1; line <= MAX_FINDING_LINES + 5; line++) hits.add(line, `text ${line}`);
  expect(hits.count).toBe(MAX_FINDING_LINES + 5);
  expect(hits.lines).toHaveLength(MAX_FINDING_LINES);
  expect(hits.examples.map(({ line }) => line)).toEqual([1, 2, 3, 4, 5]);
});
