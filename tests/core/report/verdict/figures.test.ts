import { expect, test } from 'vitest';
import { pValue, range, sizeInPoints } from '../../../../src/core/report/verdict/figures';

test('a difference that is there is never written as none', () => {
  expect(sizeInPoints(0.031)).toBe('3.1');
  expect(sizeInPoints(-0.031)).toBe('3.1');
  expect(sizeInPoints(0.0004)).toBe('under 0.1');
  expect(sizeInPoints(-0.0004)).toBe('under 0.1');
  expect(sizeInPoints(0)).toBe('0.0');
});

test('an interval has as many decimals as tell its ends apart, four at most', () => {
  expect(range(0.012, 0.05)).toBe('1.2 to 5.0');
  expect(range(0.012, 0.0124)).toBe('1.20 to 1.24');
  expect(range(0.012, 0.01204)).toBe('1.200 to 1.204');
  expect(range(0.0120001, 0.0120009)).toBe('1.2000 to 1.2001');
  expect(range(0.012, 0.0120000001)).toBe('unknown');
  expect(range(-2.5, 1.8)).toBe('−100.0 to 100.0');
});

test('a p is written to two places, to three where it is small, and no further', () => {
  expect(pValue(0.0574)).toBe('= 0.06');
  expect(pValue(0.01)).toBe('= 0.01');
  expect(pValue(0.0099)).toBe('= 0.010');
  expect(pValue(0.001)).toBe('= 0.001');
  expect(pValue(0.00099)).toBe('< 0.001');
});
