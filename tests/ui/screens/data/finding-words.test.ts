import { expect, test } from 'vitest';
import { findingsByLine, findingsWithRows, findingWord } from '../../../../src/ui/screens/data/finding-words';
import type { Finding } from '../../../../src/core/quality/finding';

const finding = (id: string, lines: number[]): Finding => ({
  id,
  severity: 'warning',
  title: id,
  detail: '',
  count: lines.length,
  lines,
  examples: [],
});

test('the kind of a finding reads as words', () => {
  expect(findingWord({ id: 'near-duplicates' })).toBe('Near duplicates');
  expect(findingWord({ id: 'message_unrecognized_key' })).toBe('Message unrecognized key');
});

test('a line names its rarest finding first, and not what is true of most rows', () => {
  const byLine = findingsByLine(
    [finding('often', [1, 2, 3]), finding('rare', [1]), finding('most', [1, 2, 3, 4, 5, 6])],
    6,
  );
  expect(byLine.get(1)?.map(({ id }) => id)).toEqual(['rare', 'often']);
  expect(byLine.get(4)).toBeUndefined();
});

test('a finding about lines that were left out offers no rows', () => {
  const rows = [{ line: 2, text: 'a', target: 'b' }];
  expect(findingsWithRows([finding('left-out', [1]), finding('usable', [1, 2])], rows).map(({ id }) => id)).toEqual([
    'usable',
  ]);
});
