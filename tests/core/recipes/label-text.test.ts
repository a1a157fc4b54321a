import { describe, expect, test } from 'vitest';
import { labelTexts, wordsOf } from '../../../src/core/recipes/label-text';

describe('a label’s own words', () => {
  test.each([
    ['card_arrival', 'card arrival'],
    ['cardArrival', 'card arrival'],
    ['HTTPError', 'http error'],
    ['Sci/Tech', 'sci tech'],
    ['very-positive', 'very positive'],
    ['Verlängerung', 'verlängerung'],
    ['正面', '正面'],
    ['отмена заказа', 'отмена заказа'],
  ])('%s → %s', (label, words) => {
    expect(wordsOf(label)).toBe(words);
  });

  test.each(['0', 'ABBR', 'B-12', 'cls_3', 'x', '', '_', 'T1', 'NUM', '★★'])('%s is a code', (label) => {
    expect(wordsOf(label)).toBeNull();
  });
});

describe('the text of a label', () => {
  test('a description comes before the name, and codes have a text only with one', () => {
    expect(
      labelTexts(['card_arrival', 'ABBR', 'ENTY'], {
        card_arrival: 'My new card has not come.',
        ABBR: 'an abbreviation',
      }),
    ).toEqual(['My new card has not come.', 'an abbreviation', null]);
  });

  test('an empty description leaves the name', () => {
    expect(labelTexts(['spam'], { spam: '  ' })).toEqual(['This text is about spam.']);
  });

  test('two labels of one name in other case have none: it tells neither', () => {
    expect(labelTexts(['Sports', 'sports', 'World'])).toEqual([null, null, 'This text is about world.']);
  });

  test('a label named like a member of objects is a label', () => {
    expect(labelTexts(['constructor'])).toEqual(['This text is about constructor.']);
  });
});
