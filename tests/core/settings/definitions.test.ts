import { describe, expect, test } from 'vitest';
import { checkSetting, SETTINGS } from '../../../src/core/settings/defaults';
import { DEFINITIONS } from '../../../src/core/settings/definitions';
import type { SettingFacts } from '../../../src/core/settings/settings';

const facts: SettingFacts = {
  backend: 'webgpu',
  rows: 200,
  labels: 4,
  smallestLabel: 50,
  imbalance: 1,
  tokens: { median: 10, p95: 20, max: 30, shareOver: () => 0 },
  folds: 5,
  modelLayers: 6,
  modelMaxTokens: 256,
};

/** Smallest and largest value, and the smallest beside 0 where 0 means something else. */
const LIMITS = {
  layers: [1, 5],
  nEpochs: [1, 100],
  batchSize: [1, 256],
  learningRate: [1e-7, 0.01],
  maxLength: [8, 2048],
  maxSteps: [1, 10_000],
  earlyStoppingPatience: [0, 100],
  seed: [0, 4_294_967_295],
  rank: [1, 256],
  alpha: [0.1, 1024],
  rDrop: [0, 10, 0.01],
  loraDropout: [0, 0.9, 1e-4],
  headC: [0, 1000, 1e-5],
  headLearningRate: [1e-6, 0.1],
  warmupRatio: [0, 0.5, 1e-4],
  weightDecay: [0, 1, 1e-8],
  dropout: [0, 0.9, 1e-4],
  maxGradNorm: [0, 100, 1e-4],
  gradientAccumulation: [1, 64],
  l1: [0, 1, 1e-10],
  l2: [0, 1, 1e-10],
} as const;

test('every number has its limits, and takes them but nothing beyond', () => {
  const numbers = SETTINGS.filter(({ kind }) => kind === 'integer' || kind === 'number').map(({ key }) => key);
  expect([...numbers].sort()).toEqual(Object.keys(LIMITS).sort());
  for (const [key, [min, max, leastAboveZero]] of Object.entries(LIMITS)) {
    const setting = SETTINGS.find((one) => one.key === key);
    expect({ key, min: setting?.min, max: setting?.max, leastAboveZero: setting?.leastAboveZero }).toEqual({
      key,
      min,
      max,
      leastAboveZero,
    });
    if (setting === undefined) continue;
    expect(checkSetting(setting.key, min)).toBeNull();
    expect(checkSetting(setting.key, max)).toBeNull();
    expect(checkSetting(setting.key, max + 1)).not.toBeNull();
    expect(checkSetting(setting.key, min - 1)).not.toBeNull();
    if (leastAboveZero === undefined) continue;
    expect(checkSetting(setting.key, leastAboveZero)).toBeNull();
    expect(checkSetting(setting.key, leastAboveZero / 2)).not.toBeNull();
  }
});

describe('auto', () => {
  const value = (key: keyof typeof DEFINITIONS, more: Partial<SettingFacts> = {}) =>
    DEFINITIONS[key].auto({ ...facts, ...more }).value;

  test.each([
    [16, 15],
    [17, 10],
    [32, 10],
    [33, 6],
    [128, 6],
    [129, 4],
    [1000, 4],
    [1001, 3],
  ])('%i rows a label take %i passes', (rows, passes) => {
    expect(value('nEpochs', { rows: 4 * rows, labels: 4 })).toBe(passes);
  });

  test('a set without labels yet counts as one', () => {
    expect(value('nEpochs', { rows: 16, labels: 0 })).toBe(15);
    expect(value('nEpochs', { rows: 17, labels: 0 })).toBe(10);
  });

  test('rows a label are said rounded', () => {
    expect(DEFINITIONS.nEpochs.auto({ ...facts, rows: 62, labels: 4 }).why).toBe(
      'About 16 rows per label settle in 15.',
    );
  });

  test('steps grow with many rows', () => {
    expect(value('batchSize', { rows: 2001 })).toBe(32);
    expect(value('batchSize', { rows: 2000 })).not.toBe(32);
  });

  test.each([
    [6, 2],
    [3, 2],
    [2, 1],
    [1, 1],
  ])('of %i layers the last %i', (modelLayers, layers) => {
    expect(value('layers', { modelLayers })).toBe(layers);
  });

  test('labels are weighted above the ratio that is said, not at it', () => {
    const why = DEFINITIONS.classWeight.auto(facts).why;
    const limit = Number(/above (\d+)\s:\s1/.exec(why)?.[1]);
    expect(value('classWeight', { imbalance: limit })).toBe('none');
    expect(value('classWeight', { imbalance: limit + 0.1 })).toBe('balanced');
  });

  test('patience is for folds that can spare rows to choose by, and longer where labels have few rows', () => {
    expect(value('earlyStoppingPatience', { rows: 1000, labels: 4 })).toBe(0);
    expect(value('earlyStoppingPatience', { rows: 4000, labels: 4 })).toBe(2);
    expect(value('earlyStoppingPatience', { rows: 4000, labels: 125 })).toBe(3);
    expect(value('earlyStoppingPatience', { rows: 4000, labels: 124 })).toBe(2);
    expect(value('earlyStoppingPatience', { rows: 1334, labels: 4, folds: 0 })).toBe(2);
    expect(value('earlyStoppingPatience', { rows: 1333, labels: 4, folds: 0 })).toBe(0);
  });

  test('what does not depend on the data', () => {
    const fixed = [
      'maxSteps',
      'seed',
      'headC',
      'recipe',
      'headLearningRate',
      'schedule',
      'warmupRatio',
      'weightDecay',
    ] as const;
    expect(fixed.map((key) => value(key))).toEqual([40, 42, 0, 'choose', 1e-3, 'linear', 0.1, 0.01]);
    const more = ['dropout', 'maxGradNorm', 'gradientAccumulation', 'l1', 'l2', 'trainEmbeddings'] as const;
    expect(more.map((key) => value(key))).toEqual([0.1, 1, 1, 0, 0, false]);
  });
});

describe('the longest text', () => {
  /** Rows of these lengths, as a share of them is over each limit. */
  const auto = (lengths: number[], more: Partial<SettingFacts> = {}) =>
    DEFINITIONS.maxLength.auto({
      ...facts,
      ...more,
      rows: lengths.length,
      tokens: {
        median: 0,
        p95: 0,
        max: Math.max(...lengths),
        shareOver: (limit) => lengths.filter((length) => length > limit).length / lengths.length,
      },
    });
  const most = (length: number, count: number): number[] => Array<number>(count).fill(length);

  test('cuts one row in a hundred at most', () => {
    expect(auto([...most(20, 99), 300]).value).toBe(32);
    expect(auto([...most(20, 98), 300, 300]).value).toBe(256);
    expect(auto([...most(20, 990), ...most(60, 10)]).value).toBe(32);
    expect(auto([...most(20, 989), ...most(60, 11)]).value).toBe(64);
  });

  test.each([64, 128, 256])('of rows of %i tokens none is cut at that', (length) => {
    expect(auto(most(length, 100)).value).toBe(length);
    expect(auto(most(length + 1, 100), { modelMaxTokens: 512 }).value).toBe(2 * length);
  });

  test('a model that reads less is asked for no more', () => {
    expect(auto(most(100, 10), { modelMaxTokens: 50 })).toEqual({
      value: 50,
      why: 'Cuts 10 rows (100.0 %); the model reads no more.',
    });
    expect(auto(most(400, 10), { modelMaxTokens: 256 }).value).toBe(256);
    // 29 of 100, and not the 28.999… that the share makes of it.
    expect(auto([...most(10, 71), ...most(60, 29)], { modelMaxTokens: 50 }).why).toBe(
      'Cuts 29 rows (29.0 %); the model reads no more.',
    );
  });

  test('the model’s own limit is the last length to choose from, where it lies between the usual ones', () => {
    expect(auto(most(40, 10), { modelMaxTokens: 50 })).toEqual({
      value: 50,
      why: 'Cuts nothing; the longest row has 40.',
    });
    // Mean of cut rows: (99 + 32) / 100 = 1.31 and with 50 tokens 1.49.
    expect(auto([...most(1, 99), 300], { modelMaxTokens: 50 }).why).toBe(
      'Cuts 1 row (1.0 %); 50 would take 1.1 times the time.',
    );
    expect(auto(most(500, 10), { modelMaxTokens: 1024 }).value).toBe(512);
  });

  test('says what it cuts, and what the next length would cost', () => {
    expect(auto(most(10, 5)).why).toBe('Cuts nothing; the longest row has 10.');
    // Mean of cut rows: (199·20 + 32) / 200 = 20.06 and with 64 tokens 20.22.
    expect(auto([...most(20, 199), 300]).why).toBe('Cuts 1 row (0.5 %).');
    // Mean of cut rows: (99 + 32) / 100 = 1.31 and with 64 tokens 1.63.
    expect(auto([...most(1, 99), 300]).why).toBe('Cuts 1 row (1.0 %); 64 would take 1.2 times the time.');
    // From a twentieth on it is said: (508 + 100 + 32) / 128 = 5, and with 64 tokens 5.25.
    expect(auto([...most(4, 27), ...most(5, 100), 300]).why).toBe(
      'Cuts 1 row (0.8 %); 64 would take 1.1 times the time.',
    );
  });
});

test('a learning rate far from the usual is cautioned, ten times above and a hundred below', () => {
  const caution = (value: number, usual: number): string | null =>
    DEFINITIONS.learningRate.caution?.(value, usual) ?? null;
  expect(caution(1e-3, 1e-4)).toBeNull();
  expect(caution(1.06e-3, 1e-4)).toMatch(/^11 times the usual 1e-4/);
  expect(caution(1e-6, 1e-4)).toBeNull();
  expect(caution(0.95e-6, 1e-4)).toMatch(/^105 times smaller than the usual 1e-4/);
  expect(caution(0.99e-6, 1e-4)).toMatch(/^101 times smaller/);
  const head = DEFINITIONS.headLearningRate.caution;
  expect(head?.(0.016, 1e-3)).toMatch(/^16 times the usual 1e-3/);
});
