import fc from '../../helpers/fast-check';
import { describe, expect, test } from 'vitest';
import { minimize, minimizeSteps, type Objective } from '../../../src/core/optimize/lbfgs';

/** Rosenbrock's valley, minimum 0 at (1, 1). */
const rosenbrock: Objective = (point, gradient) => {
  const [x = 0, y = 0] = point;
  const bend = y - x * x;
  gradient[0] = -400 * x * bend - 2 * (1 - x);
  gradient[1] = 200 * bend;
  return 100 * bend * bend + (1 - x) ** 2;
};

/** ½ Σ scale (x − centre)². */
function bowl(scales: number[], centres: number[]): Objective {
  return (point, gradient) =>
    scales.reduce((value, scale, i) => {
      const away = (point[i] ?? 0) - (centres[i] ?? 0);
      gradient[i] = scale * away;
      return value + 0.5 * scale * away * away;
    }, 0);
}

const exact = { maxIterations: 500, gradientTolerance: 1e-9 };

describe('L-BFGS', () => {
  test('finds the bottom of a bent valley', () => {
    const start = Float64Array.of(-1.2, 1);
    const { point, outcome, iteration } = minimize(rosenbrock, start, exact);
    expect(outcome).toBe('converged');
    expect(point[0]).toBeCloseTo(1, 8);
    expect(point[1]).toBeCloseTo(1, 8);
    expect(iteration).toBeLessThan(60);
    expect([...start]).toEqual([-1.2, 1]);
  });

  test('a bowl stretched a million times is no trouble, and its own curvature as preconditioner makes it one step', () => {
    const scales = [1e-3, 1, 30, 1e3];
    const objective = bowl(scales, [3, -2, 1, 7]);
    expect(minimize(objective, new Float64Array(4), exact).point[0]).toBeCloseTo(3, 5);
    const helped = minimize(objective, new Float64Array(4), {
      ...exact,
      precondition: (vector) => scales.forEach((scale, i) => (vector[i] = (vector[i] ?? 0) / scale)),
    });
    expect(helped.iteration).toBe(1);
  });

  test('the value never rises from one iteration to the next', () => {
    const values = [...minimizeSteps(rosenbrock, Float64Array.of(-3, 4), exact)].map((step) => step.value);
    for (let i = 1; i < values.length; i++) expect(values[i]).toBeLessThanOrEqual((values[i - 1] ?? 0) * (1 + 1e-12));
  });

  test('a start at the minimum needs no iteration', () => {
    expect(minimize(rosenbrock, Float64Array.of(1, 1), exact)).toMatchObject({ outcome: 'converged', iteration: 0 });
  });

  test('a stop keeps what was reached', () => {
    let asked = 0;
    const result = minimize(rosenbrock, Float64Array.of(-1.2, 1), { ...exact, shouldStop: () => ++asked > 5 });
    expect(result).toMatchObject({ outcome: 'stopped', iteration: 5 });
    expect(result.value).toBe(rosenbrock(result.point, new Float64Array(2)));
  });

  test('the limit of iterations is kept', () => {
    expect(minimize(rosenbrock, Float64Array.of(-1.2, 1), { ...exact, maxIterations: 3 })).toMatchObject({
      outcome: 'limit',
      iteration: 3,
    });
  });

  test('a function that is not finite further out is still minimised', () => {
    const wall: Objective = (point, gradient) => {
      const x = point[0] ?? 0;
      gradient[0] = 1 - 1 / x;
      return x <= 0 ? NaN : x - Math.log(x);
    };
    expect(minimize(wall, Float64Array.of(40), exact).point[0]).toBeCloseTo(1, 7);
  });

  test('where no step goes down it ends as stalled and does not hang', () => {
    const liar: Objective = (point, gradient) => {
      gradient[0] = -1;
      return (point[0] ?? 0) ** 2;
    };
    expect(minimize(liar, Float64Array.of(0), exact).outcome).toBe('stalled');
  });
});

describe('OWL-QN', () => {
  test('L1 on a bowl is soft thresholding, with exact zeros', () => {
    const centres = fc.array(fc.integer({ min: -40, max: 40 }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(centres, fc.integer({ min: 1, max: 30 }), (tenths, weight) => {
        const scales = [1, 5, 0.2];
        const at = tenths.map((tenth) => tenth / 10);
        const { point } = minimize(bowl(scales, at), Float64Array.of(1, 0, -1), {
          ...exact,
          l1: { weight: weight / 10, count: 3 },
        });
        at.forEach((centre, i) => {
          const expected = Math.sign(centre) * Math.max(0, Math.abs(centre) - weight / 10 / (scales[i] ?? 1));
          if (Math.abs(expected) < 1e-12) expect(Math.abs(point[i] ?? 1)).toBeLessThan(1e-7);
          else expect(point[i]).toBeCloseTo(expected, 6);
        });
      }),
    );
  });

  test('coordinates beyond the count are free', () => {
    const { point } = minimize(bowl([1, 1], [0.5, 0.5]), new Float64Array(2), {
      ...exact,
      l1: { weight: 1, count: 1 },
    });
    expect(point[0]).toBe(0);
    expect(point[1]).toBeCloseTo(0.5, 8);
  });
});
