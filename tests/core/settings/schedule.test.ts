import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { learningRateAt } from '../../../src/core/settings/schedule';

const plan = { base: 2e-5, warmupSteps: 10, totalSteps: 100 };

describe('learningRateAt', () => {
  test('gives the reference rates: two steps of warm-up, then a line to the twentieth', () => {
    const fixture = JSON.parse(readFileSync('tests/fixtures/minilm-training.json', 'utf8')) as {
      modes: { head: { base_learning_rate: number; steps: { step: number; learning_rate: number }[] } };
    };
    const { base_learning_rate: base, steps } = fixture.modes.head;
    for (const { step, learning_rate } of steps) {
      const ours = learningRateAt(step, { base, warmupSteps: 2, totalSteps: 20, schedule: 'linear' });
      expect(ours).toBeCloseTo(learning_rate, 12);
    }
  });

  test.each(['linear', 'cosine'] as const)('%s: climbs to the base, then only falls, and is never zero', (schedule) => {
    const rates = Array.from({ length: 100 }, (_, i) => learningRateAt(i + 1, { ...plan, schedule }));
    expect(Math.max(...rates)).toBe(plan.base);
    expect(rates[9]).toBe(plan.base);
    for (let i = 1; i < 10; i++) expect(rates[i]).toBeGreaterThan(rates[i - 1] ?? 0);
    for (let i = 11; i < 100; i++) expect(rates[i]).toBeLessThan(rates[i - 1] ?? 0);
    expect(Math.min(...rates)).toBeGreaterThan(0);
  });

  test('cosine stands at half the base in the middle of the descent', () => {
    expect(learningRateAt(56, { ...plan, schedule: 'cosine' })).toBeCloseTo(plan.base / 2, 12);
  });

  test('without warm-up the first step has the base rate', () => {
    expect(learningRateAt(1, { ...plan, warmupSteps: 0, schedule: 'linear' })).toBe(plan.base);
  });

  test('a warm-up that leaves a single step leaves it the base rate', () => {
    expect(learningRateAt(11, { ...plan, totalSteps: 11, schedule: 'linear' })).toBe(plan.base);
    expect(learningRateAt(11, { ...plan, totalSteps: 10, schedule: 'linear' })).toBe(0);
  });

  test('after the planned steps the rate is zero, not negative', () => {
    expect(learningRateAt(101, { ...plan, schedule: 'linear' })).toBe(0);
    expect(learningRateAt(500, { ...plan, schedule: 'cosine' })).toBe(0);
  });
});
