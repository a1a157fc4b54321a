import { describe, expect, test } from 'vitest';
import { confusionMatrix } from '../../../src/core/metrics/confusion-matrix';

describe('confusionMatrix', () => {
  test('rows are true labels and columns are answers', () => {
    const { counts } = confusionMatrix([0, 0, 1, 2], [0, 1, 1, 0], ['a', 'b', 'c']);
    expect(counts).toEqual([
      [1, 1, 0],
      [0, 1, 0],
      [1, 0, 0],
    ]);
  });

  test('a label outside the list and lists of unequal length are errors, not silent zeros', () => {
    expect(() => confusionMatrix([0, 2], [0, 0], ['a', 'b'])).toThrow('outside 0–1');
    expect(() => confusionMatrix([0], [-1], ['a', 'b'])).toThrow('outside 0–1');
    expect(() => confusionMatrix([0, 1], [0], ['a', 'b'])).toThrow('2 true labels');
  });
});
