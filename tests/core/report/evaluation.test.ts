import { expect, test } from 'vitest';
import { evaluate, matchLabels } from '../../../src/core/report/evaluation';

const rows = ['ham', 'spam', 'ham', 'Spam', 'ham'].map((target, i) => ({ line: 10 + i, text: `text ${i}`, target }));
const answers = [
  [0.9, 0.1, 0],
  [0.2, 0.7, 0.1],
  [0.3, 0.6, 0.1],
  [0.1, 0.8, 0.1],
  [0.15, 0.05, 0.8],
];

test('rows are scored by the names of their labels; one that the model does not have counts as wrong and is said', () => {
  const { reading, mistakes, unknown, unused } = evaluate(rows, ['ham', 'spam', 'other'], answers);
  expect([reading.rows, reading.right, reading.accuracy]).toEqual([5, 2, 0.4]);
  expect(unknown).toEqual([{ label: 'Spam', rows: 1 }]);
  expect(unused).toEqual(['other']);
  // ham: 1 of 3 found, precision 1; spam: 1 of 1 found, precision 1/3; Spam never; other was answered once.
  expect(reading.macro_f1).toBeCloseTo((0.5 + 0.5 + 0 + 0) / 4, 12);
  const { labels, counts } = reading.confusion_matrix;
  const at = (label: string) => labels.indexOf(label);
  expect(counts[at('ham')]?.[at('other')]).toBe(1);
  expect(counts[at('Spam')]?.[at('spam')]).toBe(1);
  expect(mistakes.map(({ line, predicted, confidence }) => [line, predicted, Number(confidence.toFixed(2))])).toEqual([
    [13, 'spam', 0.8],
    [14, 'other', 0.8],
    [12, 'spam', 0.6],
  ]);
});

test('the order of the model’s labels decides what an answer is', () => {
  const { reading } = evaluate(rows, ['spam', 'ham', 'other'], answers);
  expect(reading.right).toBe(1);
});

test('rows of one thread, copies and near copies are one in the intervals, as in a report', () => {
  const said = [
    'the quick brown fox jumps over a lazy dog that sleeps beside the garden gate',
    'ships sail by night when no wind is about and the harbour lamps burn low',
    'a kettle sings on the stove while somebody reads letters from an old friend',
    'nothing of it was ever written down by anyone who lived in those mountains',
  ];
  const of = (row: (i: number) => { text: string; together?: string }) =>
    evaluate(
      Array.from({ length: 40 }, (_, i) => ({ line: i + 1, target: 'ham', ...row(i) })),
      ['ham', 'spam'],
      Array.from({ length: 40 }, (_, i) => (i % 4 === 0 ? [0.1, 0.9] : [0.9, 0.1])),
    ).reading;
  const width = ({ accuracy_ci95: ci95 }: ReturnType<typeof of>) => (ci95 ? ci95[1] - ci95[0] : NaN);
  const words = (i: number) => `${(i * 7919).toString(36)} ${(i * 104_729).toString(36)} ${i}`;
  const apart = of((i) => ({ text: words(i) }));
  const threads = of((i) => ({ text: words(i), together: `t${i % 4}` }));
  const near = of((i) => ({ text: `${said[i % 4] ?? ''} ${i}` }));
  expect([apart, threads, near].map(({ accuracy }) => accuracy)).toEqual([0.75, 0.75, 0.75]);
  expect(width(threads)).toBeGreaterThan(1.5 * width(apart));
  expect(width(near)).toBeGreaterThan(1.5 * width(apart));
});

test('labels are compared letter for letter before anything is answered', () => {
  const own = [
    { label: 'ham', count: 3 },
    { label: '__proto__', count: 2 },
  ];
  expect(matchLabels(own, ['LABEL_0', '__proto__'])).toEqual({
    ...{ shared: 1, unknown: [{ label: 'ham', rows: 3 }], unused: ['LABEL_0'] },
  });
  expect(matchLabels(own, ['Ham']).shared).toBe(0);
});
