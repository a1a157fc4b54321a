import { expect, test } from 'vitest';
import { FindingsOfLine, findingsWithRows, findingWord } from '../../../../src/ui/screens/data/finding-words';
import type { Finding } from '../../../../src/core/data/finding';

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
  const byLine = new FindingsOfLine(
    [finding('often', [3, 1, 2]), finding('rare', [1]), finding('most', [1, 2, 3, 4, 5, 6])],
    6,
  );
  expect(byLine.at(1).map(({ id }) => id)).toEqual(['rare', 'often']);
  expect(byLine.at(3).map(({ id }) => id)).toEqual(['often']);
  expect(byLine.at(4)).toEqual([]);
});

test('a finding about lines that were left out offers no rows', () => {
  const [out, usable, old] = [finding('left-out', [1]), finding('usable', [1, 2]), finding('of version 0.1', [3])];
  const found = findingsWithRows([{ ...out, hasRows: false }, { ...usable, hasRows: true }, old, finding('none', [])]);
  expect(found.map(({ id }) => id)).toEqual(['usable', 'of version 0.1']);
});
