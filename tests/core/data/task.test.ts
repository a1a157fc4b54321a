import { describe, expect, test } from 'vitest';
import type { FormatId } from '../../../src/core/data/mapping';
import { countLabels, inferTask } from '../../../src/core/data/task';

const reading = (format: FormatId) => ({ format, textFields: ['text'], targetField: 'label' });
const rowsOf = (targets: string[]) => targets.map((target, i) => ({ rowId: i, line: i + 1, text: `t${i}`, target }));
const infer = (targets: string[]) =>
  inferTask(reading('prompt-completion'), rowsOf(targets), countLabels(rowsOf(targets)));

describe('inferTask', () => {
  test('few different short answers are labels', () => {
    expect(infer(['a', 'b', 'a', 'b', 'a', 'b', 'a'])).toBe('classification');
  });

  test('a third of the rows or more different answers are free text', () => {
    expect(infer(['a', 'b', 'a', 'b', 'a', 'b'])).toBe('generation');
  });

  test('long answers are free text although they repeat', () => {
    expect(infer(Array.from({ length: 20 }, (_, i) => `${i % 2}`.repeat(61)))).toBe('generation');
  });

  test('text and label is classification however many labels there are', () => {
    expect(inferTask(reading('text-label'), rowsOf(['a', 'b']), countLabels(rowsOf(['a', 'b'])))).toBe(
      'classification',
    );
  });
});

test('labels are counted most frequent first, ties by code unit', () => {
  expect(countLabels(rowsOf(['b', 'a', '__proto__', 'b']))).toEqual([
    { label: 'b', count: 2 },
    { label: '__proto__', count: 1 },
    { label: 'a', count: 1 },
  ]);
});
