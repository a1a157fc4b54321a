import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../src/core/random';
import { leftOf, sampleToken, type SamplingSettings } from '../../../src/core/text/sampling';

const PLAIN: SamplingSettings = { temperature: 1, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 };
const LOGITS = Float32Array.of(1, 3, -2, 3, 0.5, -5, 2);

/** Probabilities by the definition, one filter after the other on the whole list; 0 for what is left out. */
function reference(logits: Float32Array, settings: SamplingSettings): number[] {
  let scores = Array.from(logits, (logit) => logit / settings.temperature);
  const softmax = (values: number[]): number[] => {
    const sum = values.reduce((total, value) => total + Math.exp(value), 0);
    return values.map((value) => Math.exp(value) / sum);
  };
  const order = scores.map((_, id) => id).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b);
  const keep = (ids: readonly number[]): void => {
    scores = scores.map((score, id) => (ids.includes(id) ? score : -Infinity));
  };
  if (settings.topK > 0) keep(order.slice(0, settings.topK));
  let probabilities = softmax(scores);
  if (settings.topP < 1) {
    const ids: number[] = [];
    let sum = 0;
    for (const id of order) {
      if (ids.length > 0 && sum >= settings.topP) break;
      ids.push(id);
      sum += probabilities[id] ?? 0;
    }
    keep(ids);
    probabilities = softmax(scores);
  }
  const most = Math.max(...probabilities);
  if (settings.minP > 0) keep(order.filter((id) => (probabilities[id] ?? 0) >= settings.minP * most));
  return softmax(scores);
}

/** As `leftOf` has them. */
function ours(logits: Float32Array, settings: SamplingSettings): number[] {
  const left = leftOf(logits, settings);
  const total = left.reduce((sum, { weight }) => sum + weight, 0);
  const probabilities = new Array<number>(logits.length).fill(0);
  for (const { id, weight } of left) probabilities[id] = weight / total;
  return probabilities;
}

describe('what is left', () => {
  const random = createRandom(3);
  const drawn = Float32Array.from({ length: 300 }, () => 8 * random() - 4);
  test.each([
    {},
    { temperature: 0.3 },
    { topK: 3 },
    { topK: 1 },
    { topK: 1000 },
    { topP: 0.9 },
    { topP: 0.01 },
    { minP: 0.2 },
    { temperature: 1.7, topK: 40, topP: 0.8, minP: 0.1 },
    { temperature: 0.5, topP: 0.95, minP: 0.05 },
  ])('%o: is the definition to the digit', (settings) => {
    for (const logits of [LOGITS, drawn]) {
      const [got, expected] = [ours(logits, { ...PLAIN, ...settings }), reference(logits, { ...PLAIN, ...settings })];
      got.forEach((probability, id) => expect(probability).toBeCloseTo(expected[id] ?? NaN, 12));
      expect(got.filter((probability) => probability > 0)).toHaveLength(expected.filter((p) => p > 0).length);
    }
  });

  test('of equal logits the lower ids stay', () => {
    expect(leftOf(LOGITS, { ...PLAIN, topK: 1 }).map(({ id }) => id)).toEqual([1]);
    expect(leftOf(LOGITS, { ...PLAIN, topK: 3 }).map(({ id }) => id)).toEqual([1, 3, 6]);
  });
});

describe('one by lot', () => {
  test('the likeliest at temperature 0, without asking for a number', () => {
    const never = (): number => {
      throw new Error('asked');
    };
    expect(sampleToken(LOGITS, [], { ...PLAIN, temperature: 0 }, never)).toBe(1);
  });

  test('tokens come as often as they are probable, and a seed gives the same again', () => {
    const settings = { ...PLAIN, temperature: 0.8, topK: 4 };
    const draw = (seed: number, count: number): number[] => {
      const random = createRandom(seed);
      return Array.from({ length: count }, () => sampleToken(LOGITS, [], settings, random));
    };
    expect(draw(5, 50)).toEqual(draw(5, 50));
    expect(draw(5, 50)).not.toEqual(draw(6, 50));
    const expected = reference(LOGITS, settings);
    const found = new Array<number>(LOGITS.length).fill(0);
    for (const id of draw(1, 20_000)) found[id] = (found[id] ?? 0) + 1 / 20_000;
    expected.forEach((probability, id) => expect(Math.abs((found[id] ?? 0) - probability)).toBeLessThan(0.015));
  });

  test('a penalty lowers what was seen, once however often, whatever its sign', () => {
    const greedy = { ...PLAIN, temperature: 0, repetitionPenalty: 2 };
    expect(sampleToken(LOGITS, [1, 1, 1], greedy, () => 0)).toBe(3);
    expect(sampleToken(LOGITS, [1, 3], greedy, () => 0)).toBe(6);
    const negative = Float32Array.of(-1, -1.5);
    expect(sampleToken(negative, [0], greedy, () => 0)).toBe(1);
    expect(sampleToken(negative, [0], { ...greedy, repetitionPenalty: 1.2 }, () => 0)).toBe(0);
    // The logits themselves stay.
    expect(negative[0]).toBe(-1);
  });
});
