import fc from '../../helpers/fast-check';
import { describe, expect, test } from 'vitest';
import { averagePrecision, rocAuc, rocAucMacro } from '../../../src/core/metrics/ranking';

describe('ranking metrics', () => {
  test('ranking looks at the order only: any rising change of the scores leaves ROC AUC as it is', () => {
    const rows = fc.array(fc.record({ truth: fc.nat(1), score: fc.integer({ min: 1, max: 9 }) }), { minLength: 2 });
    fc.assert(
      fc.property(rows, (sample) => {
        const yTrue = sample.map((row) => row.truth);
        const scores = (change: (score: number) => number) =>
          Float64Array.from(sample.flatMap((row) => [1 - change(row.score), change(row.score)]));
        expect(
          rocAuc(
            yTrue,
            scores((s) => s / 10),
            2,
            1,
          ),
        ).toBe(
          rocAuc(
            yTrue,
            scores((s) => (s / 10) ** 3),
            2,
            1,
          ),
        );
      }),
    );
  });

  test('rows of one label only cannot be ranked', () => {
    const probabilities = Float64Array.of(0.2, 0.8, 0.6, 0.4);
    expect(rocAuc([1, 1], probabilities, 2, 1)).toBeNull();
    expect(rocAucMacro([1, 1], probabilities, 2)).toBeNull();
    expect(averagePrecision([0, 0], probabilities, 2, 1)).toBeNull();
  });

  test('rows and probabilities that do not match are an error', () => {
    expect(() => rocAuc([0, 1], Float64Array.of(0.5, 0.5), 2, 1)).toThrow('2 rows of 2 classes');
  });

  test('equal scores count half', () => {
    expect(rocAuc([0, 1], Float64Array.of(0.5, 0.5, 0.5, 0.5), 2, 1)).toBe(0.5);
    expect(averagePrecision([0, 1], Float64Array.of(0.5, 0.5, 0.5, 0.5), 2, 1)).toBe(0.5);
  });
});
