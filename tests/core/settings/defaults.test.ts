import { describe, expect, test } from 'vitest';
import {
  autoChoices,
  checkChoices,
  checkSetting,
  resolveSettings,
  SETTINGS,
} from '../../../src/core/settings/defaults';
import { factsOf } from '../../../src/core/settings/facts';
import { METHODS, suggestMethod } from '../../../src/core/settings/methods';
import type { Method, SettingFacts } from '../../../src/core/settings/settings';
import { tallyTokens } from '../../../src/core/text/token-tally';

const METHOD_IDS: Method[] = ['features', 'few-examples', 'top-layers', 'adapter', 'full', 'generation-adapter'];

function facts(counts: number[], tokens: number[] = [12], more: Partial<SettingFacts> = {}): SettingFacts {
  const rowCount = counts.reduce((a, b) => a + b, 0);
  const tokenCounts = Int32Array.from({ length: rowCount }, (_, i) => tokens[i % tokens.length] ?? 0);
  const labels = counts.map((count, i) => ({ label: String(i), count }));
  const base = factsOf({ rowCount, labels }, tallyTokens(tokenCounts), {
    backend: 'webgpu',
    evaluation: { folds: 5, test: { kind: 'none' } },
    limit: 0,
    model: { layers: 6, maxTokens: 256 },
  });
  return { ...base, ...more };
}

describe('settings', () => {
  test('every setting stands once, with words and a method that uses it', () => {
    const keys = SETTINGS.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    expect([...keys].sort()).toEqual(Object.keys(autoChoices()).sort());
    for (const setting of SETTINGS) {
      expect(setting.help.length).toBeGreaterThan(20);
      expect(METHODS.some(({ settings }) => settings.includes(setting.key))).toBe(true);
    }
    expect(METHODS.map(({ id }) => id)).toEqual(METHOD_IDS);
  });

  test.each(METHOD_IDS)('auto gives values that may be typed, each with its reason (%s)', (method) => {
    for (const set of [facts([8, 8]), facts([5000, 90], [300, 20]), facts([1, 1])]) {
      const { settings, why } = resolveSettings(method, autoChoices(), set);
      expect(settings.method).toBe(method);
      for (const { key } of SETTINGS) {
        expect(checkSetting(key, settings[key])).toBeNull();
        expect(why[key].length).toBeGreaterThan(5);
      }
    }
  });

  test('auto is the recipe the reference accuracies were measured with', () => {
    const of = (method: Method, counts: number[]) => resolveSettings(method, autoChoices(), facts(counts)).settings;
    expect(of('full', Array<number>(6).fill(64))).toMatchObject({
      nEpochs: 6,
      batchSize: 16,
      learningRate: 1e-4,
      headLearningRate: 1e-3,
      dropout: 0.1,
      warmupRatio: 0.1,
      schedule: 'linear',
      weightDecay: 0.01,
      maxGradNorm: 1,
    });
    expect(of('full', Array<number>(77).fill(8))).toMatchObject({ nEpochs: 15, batchSize: 16 });
    expect(of('full', [1250, 1223, 1162, 896, 835, 86])).toMatchObject({ nEpochs: 4, batchSize: 32 });
    expect(of('full', [3860, 600])).toMatchObject({ nEpochs: 3, batchSize: 32 });
    expect(of('few-examples', Array<number>(6).fill(8))).toMatchObject({
      learningRate: 5e-5,
      batchSize: 32,
      maxSteps: 40,
    });
  });

  test('what was set by hand is kept and said', () => {
    const { settings, why } = resolveSettings(
      'full',
      { ...autoChoices(), seed: 7, classWeight: 'balanced' },
      facts([9]),
    );
    expect(settings.seed).toBe(7);
    expect(settings.classWeight).toBe('balanced');
    expect(why.seed).toBe('You set this.');
  });

  test('the longest text is chosen so that few rows are cut, and the price of the next length is said', () => {
    const tokens = [...Array<number>(199).fill(20), 200];
    const { settings, why } = resolveSettings('full', autoChoices(), facts([100, 100], tokens));
    expect(settings.maxLength).toBe(32);
    expect(why.maxLength).toBe('Cuts 1 row (0.5 %).');
    const long = resolveSettings('full', autoChoices(), facts([100, 100], [...Array<number>(99).fill(60), 200]));
    expect(long.settings.maxLength).toBe(64);
    const all = resolveSettings('full', autoChoices(), facts([100, 100], [300]));
    expect(all.settings.maxLength).toBe(256);
    expect(all.why.maxLength).toBe('Cuts 200 rows (100.0 %); the model reads no more.');
  });

  test('a length is chosen by rows set aside only where a fold could spare 200; else it trains the full length, said', () => {
    const patience = (rows: number, folds: number) => {
      const { settings, why } = resolveSettings('full', autoChoices(), facts([rows / 2, rows / 2], [12], { folds }));
      return { value: settings.earlyStoppingPatience, why: why.earlyStoppingPatience };
    };
    // 15 % of four fifths of 384 rows.
    expect(patience(384, 5)).toEqual({
      value: 0,
      why: 'A fold could set 46 rows aside to choose a length by; under 200 that is luck. All its rows train the full length.',
    });
    expect(patience(1660, 5).value).toBe(0);
    expect(patience(1670, 5)).toEqual({ value: 2, why: '2 passes without a better validation loss end a fold.' });
    expect(patience(1670, 2).value).toBe(0);
    expect(patience(1340, 0).value).toBe(2);
  });

  test('a learning rate far from what suits the method may be used, with a word of caution', () => {
    const caution = (method: Method, learningRate: number) =>
      resolveSettings(method, { ...autoChoices(), learningRate }, facts([9])).cautions.learningRate;
    expect(caution('top-layers', 0.01)).toBe(
      '100 times the usual 1e-4: the model forgets what it knew, and answers may get worse.',
    );
    expect(caution('few-examples', 1e-3)).toMatch(/^20 times the usual 5e-5/);
    expect(caution('full', 1e-7)).toMatch(/^1,000 times smaller than the usual 1e-4/);
    for (const sane of [1e-6, 2e-5, 1e-4, 1e-3]) expect(caution('full', sane)).toBeUndefined();
    expect(resolveSettings('full', autoChoices(), facts([9])).cautions).toEqual({});
    expect(checkSetting('learningRate', 0.01)).toBeNull();
  });

  test('rare labels are weighted above twenty to one', () => {
    const weight = (counts: number[]) => resolveSettings('full', autoChoices(), facts(counts));
    expect(weight([310, 100]).settings.classWeight).toBe('none');
    expect(weight([310, 100]).why.classWeight).toBe(
      'Largest to smallest is 3.1\u00a0:\u00a01; on above 20\u00a0:\u00a01.',
    );
    expect(weight([1400, 100]).settings.classWeight).toBe('none');
    expect(weight([2100, 100]).settings.classWeight).toBe('balanced');
  });

  test.each([
    ['nEpochs', 0],
    ['nEpochs', 1.5],
    ['nEpochs', Number.NaN],
    ['nEpochs', '3'],
    ['dropout', 0.95],
    ['schedule', 'steps'],
    ['trainEmbeddings', 1],
  ] as const)('a value that cannot be is refused with what was expected: %s %s', (key, value) => {
    expect(checkSetting(key, value)).toMatch(/expected/);
  });

  test.each([
    ['nEpochs', 1.5, 'Passes over the data: expected a whole number from 1 to 100; got 1.5.'],
    ['nEpochs', '3', 'Passes over the data: expected a whole number from 1 to 100.'],
    ['learningRate', 1, 'Learning rate: expected a number from 1e-7 to 0.01; got 1.'],
    ['warmupRatio', 0.00001, 'Warm-up: expected a number from 0.0001 to 0.5, or 0; got 0.00001.'],
    ['schedule', 'steps', 'Schedule: expected linear or cosine.'],
    ['classWeight', 'heavy', 'Weight rare labels: expected off or balanced.'],
    ['trainEmbeddings', 1, 'Adjust the word table too: expected on or off.'],
  ] as const)('the refusal of %s %s is a sentence with the limits', (key, value, sentence) => {
    expect(checkSetting(key, value)).toBe(sentence);
  });

  test('faults of a whole form are listed together', () => {
    expect(checkChoices(autoChoices())).toEqual([]);
    expect(checkChoices({ ...autoChoices(), layers: 9, seed: -1 }).map(({ key }) => key)).toEqual(['layers', 'seed']);
  });
});

describe('the method to offer', () => {
  test('few examples under 32 rows per label, everything with many rows', () => {
    expect(suggestMethod('classification', facts([8, 8])).method).toBe('few-examples');
    expect(suggestMethod('classification', facts([200, 200])).method).toBe('top-layers');
    expect(suggestMethod('classification', facts([2000, 2000])).method).toBe('full');
  });

  test('on the processor few examples while it takes minutes, features only beyond, without a word on the GPU', () => {
    const suggested = (counts: number[]) => suggestMethod('classification', facts(counts, [12], { backend: 'wasm' }));
    const few = suggested(Array<number>(6).fill(8));
    expect(few.method).toBe('few-examples');
    expect(few.why).toBe('About 8 rows per label: pairs make the most of them. On the processor it takes minutes.');
    const many = suggested(Array<number>(77).fill(8));
    expect(many).toEqual({ method: 'features', why: 'On the processor this is the one that is quick.' });
    expect(suggested([200, 200]).method).toBe('features');
  });
});
