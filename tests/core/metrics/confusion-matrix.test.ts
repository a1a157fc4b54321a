import { describe, expect, test } from 'vitest';
import { confusionMatrix, occurringOnly } from '../../../src/core/metrics/confusion-matrix';

describe('confusionMatrix', () => {
  test('rows are true labels and columns are answers', () => {
    const { counts } = confusionMatrix([0, 0, 1, 2], [0, 1, 1, 0], ['a', 'b', 'c']);
    expect(counts).toEqual([
      [1, 1, 0],
      [0, 1, 0],
      [1, 0, 0],
    ]);
  });

  test('without labels that no row has and no answer gave, the others in their places', () => {
    const { labels, counts } = occurringOnly(confusionMatrix([0, 0, 3], [0, 4, 3], ['a', 'b', 'c', 'd', 'e']));
    expect(labels).toEqual(['a', 'd', 'e']);
    expect(counts).toEqual([
      [1, 0, 1],
      [0, 1, 0],
      [0, 0, 0],
    ]);
  });

  test('a label outside the list and lists of unequal length are errors, not silent zeros', () => {
    expect(() => confusionMatrix([0, 2], [0, 0], ['a', 'b'])).toThrow('outside 0–1');
    expect(() => confusionMatrix([0], [-1], ['a', 'b'])).toThrow('outside 0–1');
    expect(() => confusionMatrix([0, 1], [0], ['a', 'b'])).toThrow('2 true labels');
  });
});
