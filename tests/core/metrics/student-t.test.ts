import fc from '../../helpers/fast-check';
import { describe, expect, test } from 'vitest';
import {
  fairBinomialCdf,
  logGamma,
  studentTCdf,
  studentTQuantile,
  studentTUpperTail,
} from '../../../src/core/metrics/student-t';

describe('Student t', () => {
  test('one degree of freedom is the Cauchy distribution', () => {
    for (const t of [-30, -1, 0, 0.5, 2, 1000]) {
      expect(studentTCdf(t, 1)).toBeCloseTo(0.5 + Math.atan(t) / Math.PI, 13);
    }
  });

  test('two degrees of freedom have a closed form', () => {
    for (const t of [-4, 0.1, 1, 12]) expect(studentTCdf(t, 2)).toBeCloseTo(0.5 + t / (2 * Math.sqrt(2 + t * t)), 13);
  });

  test('the quantile undoes the distribution', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 0.999, noNaN: true }), fc.integer({ min: 1, max: 200 }), (p, df) => {
        expect(studentTCdf(studentTQuantile(p, df), df)).toBeCloseTo(p, 10);
      }),
    );
  });

  test('far tails neither vanish nor go negative', () => {
    expect(studentTUpperTail(1e6, 1)).toBeCloseTo(1 / (Math.PI * 1e6), 15);
    expect(studentTUpperTail(Infinity, 4)).toBe(0);
    expect(studentTUpperTail(-Infinity, 4)).toBe(1);
  });
});

describe('fairBinomialCdf', () => {
  test('equals the sum of binomial terms', () => {
    expect(fairBinomialCdf(1, 3)).toBeCloseTo(4 / 8, 14);
    expect(fairBinomialCdf(2, 10)).toBeCloseTo(56 / 1024, 14);
    expect(fairBinomialCdf(5, 5)).toBe(1);
  });
});

test('logGamma gives factorials', () => {
  expect(logGamma(1)).toBeCloseTo(0, 13);
  expect(logGamma(11)).toBeCloseTo(Math.log(3628800), 12);
  expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 13);
  expect(logGamma(0.25)).toBeCloseTo(1.2880225246980774, 12);
});

test('the middle, what lies beside it, and all of the tosses', () => {
  expect(studentTQuantile(0.5, 7)).toBe(0);
  expect(studentTQuantile(0.55, 7)).toBeGreaterThan(0);
  expect(studentTQuantile(0.52, 1)).toBeCloseTo(Math.tan(Math.PI * 0.02), 12);
  expect(fairBinomialCdf(5, 5)).toBe(1);
});
