/** What the bench of a search's honesty counts: an edge or a sign that is swapped would call any interval honest. */
import { expect, test } from 'vitest';
import { type Drawn, type Held, summaryOf } from '../../bench/honesty-figures';

const held = (figure: number, low: number, high: number, rest: number): Held => ({ figure, ci95: [low, high], rest });
const drawn = (report: Held | null, change: Partial<Drawn> = {}): Drawn => ({
  ...{ sample: 1, labels: 2, metric: 'accuracy', recommended: 'features', taken: false, seconds: 1 },
  gains: { search: null, alone: null },
  ...{ report, accuracy: null, macro: null, quoted: null, best: null, gain: null },
  ...change,
});

test('an interval holds what came of it, or that lies above it, or below; figures lie off with their sign', () => {
  const { report } = summaryOf([
    drawn(held(0.8, 0.7, 0.9, 0.9)),
    drawn(held(0.8, 0.7, 0.9, 0.91)),
    drawn(held(0.8, 0.75, 0.85, 0.74)),
    drawn(held(0.8, 0.75, 0.85, 0.65)),
  ]);
  expect(report).toMatchObject({ of: 4, covered: 1, above: 1, below: 2 });
  expect(report?.bias).toBeCloseTo((-10 - 11 + 6 + 15) / 4, 10);
  expect(report?.width).toBeCloseTo(15, 10);
  expect(report?.needed).toBeCloseTo(30, 10);
});

test('gains are counted by who claims them; by lot nothing is held against anything', () => {
  const own = summaryOf([
    drawn(null, { gains: { search: 'Use features only: 3.0 points over …', alone: null } }),
    drawn(null, { taken: true }),
  ]);
  expect(own).toMatchObject({ samples: 2, taken: 1, gains: { search: 1, alone: 0 }, report: null, best: null });
});
