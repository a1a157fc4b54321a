import fc from '../../helpers/fast-check';
import { describe, expect, test } from 'vitest';
import { classificationReport } from '../../../src/core/metrics/classification';
import { confusionMatrix } from '../../../src/core/metrics/confusion-matrix';

const LABELS = ['a', 'b', 'c', 'd'];
const answers = fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { minLength: 1, maxLength: 60 });

function report(pairs: [number, number][]) {
  return classificationReport(
    confusionMatrix(
      pairs.map(([truth]) => truth),
      pairs.map(([, answer]) => answer),
      LABELS,
    ),
  );
}

describe('classificationReport', () => {
  test('names of labels play no part: renumbering the classes changes no overall figure', () => {
    const order = fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 });
    fc.assert(
      fc.property(answers, order, (pairs, names) => {
        const before = report(pairs);
        const after = report(pairs.map(([truth, answer]) => [names[truth] ?? 0, names[answer] ?? 0]));
        expect(after.accuracy).toBe(before.accuracy);
        expect(after.macroAvg.f1).toBeCloseTo(before.macroAvg.f1, 12);
        expect(after.weightedAvg.f1).toBeCloseTo(before.weightedAvg.f1, 12);
        expect(after.matthewsCorrcoef).toBeCloseTo(before.matthewsCorrcoef, 12);
        expect(after.cohenKappa ?? 2).toBeCloseTo(before.cohenKappa ?? 2, 12);
      }),
    );
  });

  test('weighted recall is the accuracy', () => {
    fc.assert(
      fc.property(answers, (pairs) => {
        const { accuracy, weightedAvg } = report(pairs);
        expect(weightedAvg.recall).toBeCloseTo(accuracy, 12);
      }),
    );
  });

  test('shares stay within 0–1 and no figure is NaN, whatever the answers', () => {
    fc.assert(
      fc.property(answers, (pairs) => {
        const { perClass, macroAvg, weightedAvg, matthewsCorrcoef, cohenKappa } = report(pairs);
        for (const scores of [...perClass, macroAvg, weightedAvg]) {
          for (const share of [scores.precision, scores.recall, scores.f1]) {
            expect(share).toBeGreaterThanOrEqual(0);
            expect(share).toBeLessThanOrEqual(1 + 1e-12);
          }
        }
        expect(Math.abs(matthewsCorrcoef)).toBeLessThanOrEqual(1 + 1e-12);
        expect(cohenKappa).not.toBeNaN();
      }),
    );
  });

  test('a single class on both sides leaves kappa undefined and correlation at 0', () => {
    const { accuracy, cohenKappa, matthewsCorrcoef, balancedAccuracy } = report([
      [1, 1],
      [1, 1],
    ]);
    expect(accuracy).toBe(1);
    expect(cohenKappa).toBeNull();
    expect(matthewsCorrcoef).toBe(0);
    expect(balancedAccuracy).toBeNull();
  });

  test('no rows at all is an error', () => {
    expect(() => report([])).toThrow('no rows');
  });
});
