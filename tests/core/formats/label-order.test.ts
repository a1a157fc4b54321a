import { describe, expect, test } from 'vitest';
import { compareLabels } from '../../../src/core/formats/label-order';

const sorted = (labels: string[]): string[] => [...labels].sort(compareLabels);

describe('the order of labels', () => {
  test('numbers go by their value, with signs and decimals', () => {
    expect(sorted(['10', '1', '2', '9'])).toEqual(['1', '2', '9', '10']);
    expect(sorted(['2', '+1', '-1', '0', '1.5', '-10'])).toEqual(['-10', '-1', '0', '+1', '1.5', '2']);
  });

  test('numbers within words go by their value too, words by code unit as in scikit-learn', () => {
    expect(sorted(['10 stars', '5 stars', '1 star'])).toEqual(['1 star', '5 stars', '10 stars']);
    expect(sorted(['level 10', 'level 9'])).toEqual(['level 9', 'level 10']);
    expect(sorted(['spam', 'Ham', 'ham', 'Äpfel'])).toEqual(['Ham', 'ham', 'spam', 'Äpfel']);
  });

  test('numbers stand before words, and equal numbers keep one order', () => {
    expect(sorted(['other', '3', '', '1'])).toEqual(['1', '3', '', 'other']);
    expect(sorted(['1.0', '1', '01'])).toEqual(sorted(['01', '1.0', '1']));
  });

  test('the order has no circles', () => {
    const labels = ['1', '10', '2', '1a', 'a1', 'a10', 'a2', '-1', '-a', '', '1.0', '1e3', 'é', '２', '0x10', '1-2'];
    for (const a of labels)
      for (const b of labels)
        for (const c of labels) {
          expect(Math.sign(compareLabels(a, b))).toBe(-Math.sign(compareLabels(b, a)) || 0);
          if (compareLabels(a, b) <= 0 && compareLabels(b, c) <= 0) expect(compareLabels(a, c)).toBeLessThanOrEqual(0);
        }
  });
});
