import { expect, test } from 'vitest';
import { fieldExample } from '../../../src/core/reading/field-example';
import { hasLoneSurrogate } from '../../../src/core/reading/record-reader';

test('half a character is told from a whole one', () => {
  expect(['😀', 'a\ud83d\ude00b', ''].some(hasLoneSurrogate)).toBe(false);
  expect(['\ud83d', 'a\ude00', '\ude00\ud83d'].every(hasLoneSurrogate)).toBe(true);
});

test('the example of a value is short, whatever its size', () => {
  const huge = { list: Array(100_000).fill('x'.repeat(1000)) };
  expect(fieldExample(huge).length).toBeLessThanOrEqual(120);
  expect(fieldExample(null)).toBe('null');
  expect(fieldExample(JSON.parse('{"__proto__":[1]}'))).toBe('{"__proto__":[1]}');
});
