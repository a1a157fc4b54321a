import { expect, test } from 'vitest';
import { rowsToJsonl } from '../../../../src/ui/screens/data/rows-to-jsonl';

test('an exported set reads back as the same rows, line breaks and quotes included', () => {
  const rows = [
    { line: 1, text: 'two\nlines and "quotes"', target: '__proto__' },
    { line: 5, text: '🚚 \u2028', target: 'b' },
  ];
  const lines = rowsToJsonl(rows, 'classification').join('').trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toEqual(rows.map(({ text, target }) => ({ text, label: target })));
});

test('written answers are exported as prompt and completion', () => {
  expect(rowsToJsonl([{ line: 1, text: 'a', target: 'b' }], 'generation')).toEqual([
    '{"prompt":"a","completion":"b"}\n',
  ]);
});

test('many rows come in several pieces, none lost', () => {
  const rows = Array.from({ length: 25_001 }, (_, row) => ({ line: row + 1, text: `${row}`, target: 'x' }));
  const pieces = rowsToJsonl(rows, 'classification');
  expect(pieces).toHaveLength(3);
  expect(pieces.join('').trimEnd().split('\n')).toHaveLength(25_001);
});
