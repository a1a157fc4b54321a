import { describe, expect, test } from 'vitest';
import { autoChoices, checkSetting, resolveSettings } from '../../../src/core/settings/defaults';
import { METHODS, methodDefinition } from '../../../src/core/settings/methods';
import { drawSettings } from '../../../src/core/settings/search-space';
import type { SettingFacts } from '../../../src/core/settings/settings';
import { createRandom } from '../../../src/core/random';
import { planLadder } from '../../../src/core/search/plan';
import { rungsOf } from '../../../src/core/search/rung';
import { candidatesOf, nextTry, roundsOf, searchOutcome, triesIn } from '../../../src/core/search/settings-search';
import { Bench, costOf, judgeOf, minutes } from './sample';

const facts: SettingFacts = {
  ...{
    backend: 'wasm',
    rows: 1000,
    labels: 4,
    smallestLabel: 250,
    imbalance: 1,
    folds: 5,
    modelLayers: 6,
    modelMaxTokens: 512,
  },
  tokens: { median: 10, p95: 20, max: 30, shareOver: () => 0 },
};
const autoOf = (method: string) => resolveSettings(method, autoChoices(), facts).settings;

describe('the rungs', () => {
  test('label names, word counts, then methods in the order of their descriptors', () => {
    expect(rungsOf('classification', { layers: 6 }).map(({ id }) => id)).toEqual([
      'label_names',
      'tfidf_logistic_regression',
      'features',
      'few-examples',
      'top-layers',
      'full',
      'adapter',
    ]);
    // Of one layer there is no top.
    expect(rungsOf('classification', { layers: 1 }).map(({ id }) => id)).not.toContain('top-layers');
    expect(rungsOf('generation', { layers: 30 })).toEqual([]);
    const [names, words, features] = rungsOf('classification', { layers: 6 });
    expect([names?.work, words?.work, features?.work]).toEqual([
      { kind: 'names' },
      { kind: 'baseline', id: 'tfidf_logistic_regression' },
      { kind: 'method', method: 'features' },
    ]);
  });
});

describe('a space of settings', () => {
  test.each(METHODS.filter(({ search }) => search).map(({ id }) => id))(
    'of %s: only settings of its own, all within their limits',
    (id) => {
      const space = methodDefinition(id).search?.settings({ layers: 6 }) ?? [];
      const random = createRandom(1);
      for (let i = 0; i < 40; i++) {
        const settings = drawSettings(space, autoOf(id), random);
        for (const { key } of space) {
          expect(methodDefinition(id).settings).toContain(key);
          expect(checkSetting(key, settings[key])).toBeNull();
        }
      }
    },
  );

  test('a factor is drawn evenly on a logarithmic scale, whole where the setting is, and kept within limits', () => {
    const auto = autoOf('full');
    const random = createRandom(5);
    const rates = Array.from(
      { length: 2000 },
      () => drawSettings([{ kind: 'times', key: 'learningRate', least: 1 / 4, most: 4 }], auto, random).learningRate,
    );
    expect(Math.min(...rates)).toBeLessThan(auto.learningRate / 3.8);
    expect(Math.max(...rates)).toBeGreaterThan(auto.learningRate * 3.8);
    expect(rates.filter((rate) => rate < auto.learningRate).length / 2000).toBeCloseTo(0.5, 1);
    const epochs = drawSettings([{ kind: 'times', key: 'nEpochs', least: 1 / 50, most: 1 / 49 }], auto, random).nEpochs;
    expect(epochs).toBe(1);
    expect(
      drawSettings([{ kind: 'times', key: 'learningRate', least: 1e6, most: 1e7 }], auto, random).learningRate,
    ).toBe(0.01);
    expect(drawSettings([{ kind: 'among', key: 'schedule', values: ['cosine'] }], auto, random)).toEqual({
      ...auto,
      schedule: 'cosine',
    });
  });

  test('tries differ, begin with auto, and are the same for the same seed', () => {
    const rung = { searched: methodDefinition('top-layers').search?.settings({ layers: 6 }) ?? [] };
    const auto = autoOf('top-layers');
    const asked = { encoders: 2, count: 12 };
    const found = candidatesOf(rung, auto, asked);
    expect(found[0]?.settings).toBe(auto);
    expect(new Set(found.map((candidate) => JSON.stringify(candidate))).size).toBe(13);
    expect(candidatesOf(rung, auto, asked)).toEqual(found);
    expect(candidatesOf(rung, { ...auto, seed: 1 }, asked)).not.toEqual(found);
    expect(found.every(({ settings: { layers } }) => layers >= 1 && layers <= 4)).toBe(true);
    // Some layers of it are frozen: it has the first encoder alone.
    expect(found.every(({ encoder }) => encoder === 0)).toBe(true);
    // Fewer where there are no more.
    const two = { searched: [{ kind: 'among', key: 'dropout', values: [0, 0.1] }] as const };
    expect(candidatesOf(two, auto, asked)).toHaveLength(2);
    expect(candidatesOf({ searched: [] }, auto, asked)).toEqual([{ settings: auto, encoder: 0 }]);
  });

  test('where every layer learns, auto on each other encoder is tried first, and drawn settings on any of them', () => {
    const auto = autoOf('full');
    const rung = rungsOf('classification', { layers: 6 }).find(({ id }) => id === 'full');
    if (!rung) throw new Error('Everything is a rung.');
    const found = candidatesOf(rung, auto, { encoders: 3, count: 12 });
    expect(found).toHaveLength(13);
    expect(found.slice(0, 3)).toEqual([0, 1, 2].map((encoder) => ({ settings: auto, encoder })));
    expect(new Set(found.slice(3).map(({ encoder }) => encoder))).toEqual(new Set([0, 1, 2]));
    // Noise is in copies of the first one's tokens.
    const noisy = { ...auto, augmentation: 'both' as const };
    const tried = candidatesOf(rung, noisy, { encoders: 2, count: 12 });
    expect(tried[0]?.settings.augmentation).toBe('both');
    expect(tried.filter(({ encoder, settings }) => encoder > 0 && settings.augmentation !== 'none')).toEqual([]);
    // With one encoder the same settings are tried as before there were others.
    const alone = candidatesOf(rung, auto, { encoders: 1, count: 12 });
    expect(alone.every(({ encoder }) => encoder === 0)).toBe(true);
    // A table of words that is trained is there whole for the first one alone.
    const embeddings = candidatesOf(rung, { ...auto, trainEmbeddings: true }, { encoders: 2, count: 12 });
    expect(embeddings.every(({ encoder }) => encoder === 0)).toBe(true);
    expect(
      rungsOf('classification', { layers: 6 })
        .filter(({ everyEncoder }) => everyEncoder)
        .map(({ id }) => id),
    ).toEqual(['few-examples', 'full', 'adapter']);
  });
});

const ROWS = 1000;
const judge = judgeOf(ROWS, 5);
const plan = planLadder({
  costs: [costOf('top', minutes(10))],
  ...{ folds: 5, rows: ROWS, labels: 2, readMs: 0, budgetMs: null, memoryBytes: null },
});
const allBut = (wrong: number) => (row: number) => Math.floor(row / 5) % 100 < 100 - wrong;

function searched(right: (row: number, candidate: number) => boolean, tries: number, failing: number[] = []) {
  const bench = new Bench(plan, judge, { top: right });
  bench.fit({ trial: { rung: 'top', candidate: 0, share: 1 }, folds: [0, 1, 2, 3, 4] });
  const search = { plan, judge, seen: bench.seen, rung: 'top', tries };
  for (let move = nextTry(search, Infinity); move; move = nextTry(search, Infinity)) {
    if (failing.includes(move.trial.candidate))
      bench.seen.push({ trial: move.trial, folds: [], ms: 0, failed: 'No memory.' });
    else bench.fit(move);
  }
  return { bench, search, outcome: searchOutcome(search) };
}

describe('a search of settings', () => {
  test('halves the tries from a quarter of the rows to all, and takes what is clearly better than auto', () => {
    // The third try is far ahead, on every fold and every share of the rows.
    const { bench, outcome } = searched(
      (row, candidate) => allBut([10, 30, 20, 2, 12, 14, 16, 18, 40][candidate] ?? 50)(row),
      8,
    );
    expect(roundsOf(plan, 8)).toEqual([0.25, 0.5, 1]);
    expect(bench.asked).toEqual([
      'top 01234',
      ...[1, 2, 3, 4, 5, 6, 7, 8].map((i) => `top${i} 0.25 01234`),
      ...[3, 4, 5, 6].map((i) => `top${i} 0.5 01234`),
      ...[3, 4].map((i) => `top${i} 01234`),
    ]);
    expect(outcome).toMatchObject({ best: 3, taken: true });
    expect(outcome?.bestScore).toBeCloseTo(0.98, 10);
    expect(outcome?.gain?.mean).toBeCloseTo(0.08, 10);
    expect(outcome?.tried.map(({ candidate, share }) => [candidate, share])).toEqual([
      ...[
        [0, 1],
        [1, 0.25],
        [2, 0.25],
        [3, 1],
        [4, 1],
        [5, 0.5],
        [6, 0.5],
        [7, 0.25],
        [8, 0.25],
      ],
    ]);
  });

  test('auto stays where nothing is better, and where what looks best is chance', () => {
    expect(searched((row, candidate) => allBut(candidate === 0 ? 5 : 10)(row), 6).outcome).toMatchObject({
      best: 0,
      taken: false,
    });
    let taken = 0;
    let flatters = 0;
    for (let seed = 1; seed <= 5; seed++) {
      const chance = Array.from({ length: 7 }, (_, i) => createRandom(100 * seed + i));
      const drawn = chance.map((random) => Array.from({ length: ROWS }, () => random() < 0.8));
      const { outcome } = searched((row, candidate) => drawn[candidate]?.[row] ?? false, 6);
      if (outcome?.taken) taken++;
      flatters += ((outcome?.bestScore ?? NaN) - 0.8) / 5;
      expect(outcome?.folds).toHaveLength(5);
    }
    expect(taken).toBeLessThanOrEqual(1);
    expect(flatters).toBeGreaterThan(0.005);
  });

  test('a try that fails is left out; a search that is broken off says nothing', () => {
    const right = (row: number, candidate: number): boolean => allBut(candidate === 2 ? 1 : 10 + candidate)(row);
    const { outcome } = searched(right, 4, [2]);
    expect(outcome).toMatchObject({ best: 0, taken: false });
    expect(outcome?.tried.map(({ candidate }) => candidate)).not.toContain(2);
    const { bench, search } = searched(right, 4);
    expect(searchOutcome({ ...search, seen: bench.seen.slice(0, -1) })).toBeNull();
    expect(nextTry({ ...search, seen: bench.seen.slice(0, -1) }, 0)).toBeNull();
    expect(searchOutcome({ ...search, tries: 0 })).toBeNull();
  });

  test('tries go by the room there is', () => {
    const alike = Array<number>(20).fill(1);
    // 12 × ¼ + 6 × ½ + 3 wholes of ten minutes.
    expect(triesIn(plan, 'top', { costs: alike, roomFor: () => minutes(90) })).toBe(12);
    expect(triesIn(plan, 'top', { costs: alike, roomFor: () => minutes(90) - 1 })).toBe(11);
    expect(triesIn(plan, 'top', { costs: alike, roomFor: () => minutes(27.5) })).toBe(3);
    expect(triesIn(plan, 'top', { costs: alike, roomFor: () => minutes(20) })).toBe(0);
    expect(triesIn(plan, 'top', { costs: alike, roomFor: () => Infinity })).toBe(12);
    expect(triesIn(plan, 'top', { costs: [1, 1], roomFor: () => Infinity })).toBe(2);
    expect(triesIn(plan, 'top', { costs: [], roomFor: () => Infinity })).toBe(0);
    // The dearest may go on: (2 + 1 + 1) × ¼ + (2 + 1) × ½ + 2 wholes.
    expect(triesIn(plan, 'top', { costs: [1, 2, 1], roomFor: () => minutes(45) })).toBe(3);
    expect(triesIn(plan, 'top', { costs: [1, 2, 1], roomFor: () => minutes(45) - 1 })).toBe(0);
    const few = planLadder({
      costs: [costOf('top', minutes(10))],
      ...{ folds: 5, rows: 12, labels: 2, readMs: 0, budgetMs: null, memoryBytes: null },
    });
    expect(roundsOf(few, 8)).toEqual([1]);
  });

  test('another encoder is tried alone where there is no room for settings, on all rows at once', () => {
    // Ten minutes whole, on the other encoder twice that.
    const costs = [2, 1, 1, 1];
    expect(triesIn(plan, 'top', { costs, encoders: 1, roomFor: () => minutes(20) })).toBe(1);
    expect(triesIn(plan, 'top', { costs, encoders: 1, roomFor: () => minutes(20) - 1 })).toBe(0);
    // Never one setting beside it: three, or none.
    expect(triesIn(plan, 'top', { costs, encoders: 1, roomFor: () => minutes(44) })).toBe(1);
    expect(triesIn(plan, 'top', { costs, encoders: 1, roomFor: () => minutes(45) })).toBe(3);
    expect(roundsOf(plan, 1)).toEqual([1]);
    const { bench, outcome } = searched((row, candidate) => allBut(candidate === 1 ? 4 : 10)(row), 1);
    expect(bench.asked).toEqual(['top 01234', 'top1 01234']);
    expect(outcome).toMatchObject({ best: 1, taken: true });
  });
});
