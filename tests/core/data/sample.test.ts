import { describe, expect, test } from 'vitest';
import { sampleRows } from '../../../src/core/data/sample';

const rows = Array.from({ length: 1000 }, (_, i) => ({ text: `text ${i}`, target: i < 900 ? 'many' : 'few' }));

describe('the rows of a quick trial', () => {
  test('are as many as wanted, from the whole file, every label in its share, the same for a seed', () => {
    const sample = sampleRows(rows, 100, 1);
    expect(sample).toHaveLength(100);
    expect([...sample].filter((row) => row >= 900)).toHaveLength(10);
    expect([...sample]).toEqual([...sample].sort((a, b) => a - b));
    expect(sampleRows(rows, 100, 1)).toEqual(sample);
    expect(sampleRows(rows, 100, 2)).not.toEqual(sample);
  });

  test('a sorted file gives both labels', () => {
    expect(new Set([...sampleRows(rows, 20, 3)].map((row) => rows[row]?.target))).toEqual(new Set(['many', 'few']));
  });

  test('no limit, or one above the rows, is all of them', () => {
    expect(sampleRows(rows, 0, 1)).toHaveLength(1000);
    expect(sampleRows(rows, 5000, 1)).toHaveLength(1000);
  });

  test('the parts that a file names keep their share', () => {
    const parted = rows.map((row, i) => ({ ...row, part: i % 5 === 0 ? ('test' as const) : ('train' as const) }));
    expect([...sampleRows(parted, 100, 1)].filter((row) => row % 5 === 0)).toHaveLength(20);
  });

  test('copies come whole; where each label is one text, rows are drawn one by one', () => {
    const copied = rows.map((row, i) => ({ ...row, text: `text ${Math.floor(i / 2)}` }));
    const sample = new Set(sampleRows(copied, 200, 1));
    expect([...sample].filter((row) => !sample.has(row ^ 1)).length).toBeLessThanOrEqual(1);
    const templates = rows.map(({ target }) => ({ text: target, target }));
    const drawn = sampleRows(templates, 100, 1);
    expect(drawn).toHaveLength(100);
    expect(new Set([...drawn].map((row) => templates[row]?.target)).size).toBe(2);
  });
});
