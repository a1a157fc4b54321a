import fc from '../../helpers/fast-check';
import { describe, expect, test } from 'vitest';
import { readNumber } from '../../../src/core/words/read-number';

const read = (text: string, kind: 'integer' | 'number') => {
  const result = readNumber(text, kind);
  return result.ok ? result.value : (result.inDoubt ?? 'none');
};

describe('numbers are read as people write them', () => {
  test.each([
    ['1000', 1000, 1000],
    ['1,000', 1000, [1000, 1]],
    ['1.000', [1000, 1], 1],
    ['1 000', 1000, 1000],
    ['1\u00a0000', 1000, 1000],
    ['1\u202f000', 1000, 1000],
    ['1’000', 1000, 1000],
    ['1_000', 1000, 1000],
    ['12,345,678', 12345678, 12345678],
    ['12.345.678', 12345678, 12345678],
    ['1,234.5', 1234.5, 1234.5],
    ['1.234,5', 1234.5, 1234.5],
    ['1 234,5', 1234.5, 1234.5],
    ['0,1', 0.1, 0.1],
    ['0.125', 0.125, 0.125],
    ['0,125', 0.125, 0.125],
    ['1,5', 1.5, 1.5],
    ['1.125', [1125, 1.125], 1.125],
    ['1,125', 1125, [1125, 1.125]],
    ['1,2345', 1.2345, 1.2345],
    ['1 000.125', 1000.125, 1000.125],
    ['1e-4', 1e-4, 1e-4],
    ['2,5E-5', 2.5e-5, 2.5e-5],
    ['.5', 0.5, 0.5],
    ['5.', 5, 5],
    [' +3 ', 3, 3],
    ['−3', -3, -3],
    ['１０', 10, 10],
  ])('«%s»: as a whole number %j, as a number %j', (text, whole, number) => {
    expect(read(text, 'integer')).toEqual(whole);
    expect(read(text, 'number')).toEqual(number);
  });

  test.each(['', ' ', '.', ',', '-', 'e5', 'four', '0x10', '1k', '10 %', '1,00,000', '1 00', '1,000,00', '1.2.3'])(
    '«%s» is no number',
    (text) => {
      expect(read(text, 'integer')).toBe('none');
      expect(read(text, 'number')).toBe('none');
    },
  );

  test.each(['Infinity', 'NaN', '1e999', '1,,000', '0,000,5', '01,000,000'])('«%s» is no number either', (text) => {
    expect(read(text, 'number')).toBe('none');
  });
});

test('what is in doubt is said with both readings, each written so that it is read', () => {
  const result = readNumber('1,000', 'number');
  expect(result).toMatchObject({ ok: false, words: '“1,000” can mean 1000 or 1: write 1000 or 1.0.' });
  expect(read('1.0', 'number')).toBe(1);
  expect(readNumber('2.500', 'integer')).toMatchObject({ words: '“2.500” can mean 2500 or 2.5: write 2500 or 2.5.' });
});

test('whatever JavaScript or the page writes is read back', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      expect(read(String(value), 'number')).toBe(value === 0 ? 0 : value);
    }),
  );
  fc.assert(
    fc.property(fc.maxSafeInteger(), (value) => {
      expect(read(String(value), 'integer')).toBe(value === 0 ? 0 : value);
      expect(read(value.toLocaleString('en-US'), 'integer')).toBe(value === 0 ? 0 : value);
      expect(read(value.toLocaleString('fr-FR'), 'integer')).toBe(value === 0 ? 0 : value);
      expect(read(value.toLocaleString('de-CH'), 'integer')).toBe(value === 0 ? 0 : value);
    }),
  );
});

test('no text throws, and a value is always a finite number', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..."0123456789.,' _-+eE% x") }), (text) => {
      const result = readNumber(text, 'number');
      expect(result.ok ? Number.isFinite(result.value) : result.words.length > 0).toBe(true);
    }),
  );
});
