import { expect, test } from 'vitest';
import { findingsOfRow, findingsWithRows, findingWord } from '../../../../src/ui/screens/data/finding-words';
import type { Finding } from '../../../../src/core/data/finding';

const finding = (id: string, rowCount: number): Finding => ({
  id,
  severity: 'warning',
  title: id,
  detail: '',
  count: rowCount,
  rowCount,
  examples: [],
});

test('the kind of a finding reads as words', () => {
  expect(findingWord({ id: 'near-duplicates' })).toBe('Near duplicates');
  expect(findingWord({ id: 'message_unrecognized_key' })).toBe('Message unrecognized key');
});

test('a row names its rarest finding first, and not what is true of most rows', () => {
  const all = [finding('often', 3), finding('rare', 1), finding('most', 6)];
  const ids = (of: string[]) => findingsOfRow(all, of, 6).map(({ id }) => id);
  expect(ids(['often', 'rare', 'most'])).toEqual(['rare', 'often']);
  expect(ids(['often', 'most'])).toEqual(['often']);
  expect(ids([])).toEqual([]);
});

test('a finding about lines that were left out offers no rows', () => {
  const leftOut = { ...finding('left-out', 0), count: 4 };
  expect(findingsWithRows([leftOut, finding('usable', 2)]).map(({ id }) => id)).toEqual(['usable']);
});
