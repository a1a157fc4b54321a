import { expect, test } from 'vitest';
import { importShare } from '../../../src/core/import/progress';

test('an import goes up from nought to its end, whatever a phase says of itself', () => {
  const steps = (['reading', 'checking', 'waiting', 'counting', 'saving'] as const).flatMap((phase) =>
    [-1, 0, 0.5, 1, 2].map((done) => importShare(phase, done)),
  );
  expect(steps).toEqual(steps.toSorted((a, b) => a - b));
  expect(steps[0]).toBe(0);
  expect(steps.at(-1)).toBeCloseTo(1, 12);
  expect(importShare('counting', 1)).toBeLessThan(0.96);
});
