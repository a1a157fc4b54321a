import { describe, expect, test } from 'vitest';
import type { Finding } from '../../../../src/core/data/finding';
import { splitCounts } from '../../../../src/ui/screens/train/cost';
import { splitSentences, unknownLabels } from '../../../../src/ui/screens/train/split-words';

const version = (labels: [string, number][], findings: Finding[] = []) => ({
  labels: labels.map(([label, count]) => ({ label, count })),
  rowCount: labels.reduce((sum, [, count]) => sum + count, 0),
  findings,
  mapping: {},
});
const finding = (id: string, count: number): Finding => ({
  id,
  severity: 'warning',
  title: '',
  detail: '',
  count,
  rowCount: count,
  examples: [],
});

function words(labels: [string, number][], folds: number, share: number, findings: Finding[] = []) {
  const plan = { folds, test: share > 0 ? { kind: 'hold-out' as const, share } : { kind: 'none' as const } };
  const about = version(labels, findings);
  return splitSentences(about, splitCounts(about, 0, plan, 0), plan);
}

describe('the smallest label', () => {
  test('is named with its rows in each fold and in the test part', () => {
    expect(
      words(
        [
          ['a', 138],
          ['cancel', 102],
        ],
        5,
        0.2,
      ).smallest,
    ).toEqual({
      label: 'cancel',
      words: 'has 16 or 17 rows in each fold and 20 in the test part. Every label keeps its share.',
    });
  });

  test('with fewer rows than folds says that some folds are scored without it', () => {
    expect(
      words(
        [
          ['a', 40],
          ['rare', 3],
        ],
        5,
        0,
      ).smallest?.words,
    ).toContain('3 rows for 5 folds');
  });
});

test('rows that repeat each other are said to stay together', () => {
  const labels: [string, number][] = [
    ['a', 20],
    ['b', 20],
  ];
  expect(words(labels, 5, 0).grouped).toBeNull();
  expect(words(labels, 5, 0, [finding('duplicates', 4), finding('near-duplicates', 3)]).grouped).toContain('7 rows');
});

test('labels of a test file that training never sees are found, whatever they are called', () => {
  const count = (labels: string[]) => labels.map((label) => ({ label, count: 1 }));
  expect(unknownLabels(count(['a', 'b']), count(['b', 'c', '__proto__', 'constructor']))).toEqual([
    'c',
    '__proto__',
    'constructor',
  ]);
});
