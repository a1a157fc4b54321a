import { describe, expect, test, vi } from 'vitest';
import { BASELINES, fittedBaselines } from '../../../src/core/settings/baselines';
import { autoChoices, resolveSettings } from '../../../src/core/settings/defaults';
import {
  isKnownMethod,
  methodDefinition,
  METHODS,
  methodsFor,
  registerMethod,
  suggestMethod,
} from '../../../src/core/settings/methods';
import type { SettingFacts, Settings } from '../../../src/core/settings/settings';

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

const settings = (method: string, more: Partial<Settings> = {}): Settings => ({
  ...resolveSettings(method, autoChoices(), facts).settings,
  ...more,
});

test('few examples passes 25 times over its rows, in 40 steps at least and 200 at most', () => {
  const of = (rows: number) => resolveSettings('few-examples', autoChoices(), { ...facts, rows }).settings.maxSteps;
  expect([12, 48, 52, 96, 256, 257, 5452].map(of)).toEqual([40, 40, 41, 75, 200, 200, 200]);
  const why = (rows: number) => methodDefinition('few-examples').auto.maxSteps?.({ ...facts, rows }).why;
  expect(why(48)).toBe('40: more bring no more with so few rows.');
  expect(why(96)).toBe('75: about 25 passes over 96 rows.');
  expect(why(5452)).toBe('200: the most that is worth its time.');
});

test('few examples is the first dear rung with few rows a label, the last with more', () => {
  const turn = (rows: number, labels: number) => methodDefinition('few-examples').search?.turn?.({ rows, labels });
  const others = METHODS.flatMap(({ id, search }) => (search && id !== 'few-examples' ? [search.place] : []));
  const dear = others.filter((place) => place > 1);
  expect(turn(48, 6)).toBeLessThan(Math.min(...dear));
  expect(turn(192, 6)).toBeGreaterThan(Math.max(...dear));
});

test('what a method is compared with, and what it is itself', () => {
  expect(METHODS.map(({ id, opponent, baseline }) => [id, opponent, baseline])).toEqual([
    ['features', 'tfidf_logistic_regression', 'features_only'],
    ['few-examples', 'features_only', null],
    ['top-layers', 'features_only', null],
    ['adapter', 'features_only', null],
    ['full', 'features_only', null],
    ['generation-adapter', null, null],
  ]);
});

test('a method that is a baseline is not fitted twice', () => {
  expect(BASELINES).toEqual(['majority', 'tfidf_logistic_regression', 'features_only']);
  expect(fittedBaselines('features')).toEqual(['majority', 'tfidf_logistic_regression']);
  expect(fittedBaselines('full')).toEqual(BASELINES);
});

describe('what is trained', () => {
  const model = { layers: 6 };
  test.each([
    ['features', {}, { layers: 0, embeddings: false }],
    ['few-examples', {}, { layers: 6, embeddings: false }],
    ['top-layers', { layers: 2 }, { layers: 2, embeddings: false }],
    ['top-layers', { layers: 9 }, { layers: 6, embeddings: false }],
    ['full', { trainEmbeddings: false }, { layers: 6, embeddings: false }],
    ['full', { trainEmbeddings: true }, { layers: 6, embeddings: true }],
    [
      'adapter',
      { rank: 4, alpha: 12, loraDropout: 0.2, targetModules: 'attention', rankStabilized: true },
      {
        layers: 6,
        embeddings: false,
        adapter: { rank: 4, alpha: 12, dropout: 0.2, targets: 'attention', rankStabilized: true },
      },
    ],
  ] as const)('%s with %j', (method, more, trained) => {
    expect(methodDefinition(method).trained(settings(method, more), model)).toEqual(trained);
  });
});

test('what learns step by step has a curve', () => {
  expect(METHODS.filter(({ iterated }) => iterated).map(({ id }) => id)).toEqual([
    'few-examples',
    'top-layers',
    'adapter',
    'full',
    'generation-adapter',
  ]);
});

describe('how long a training is', () => {
  test('passes times steps of a pass, the last of them short', () => {
    const long = settings('full', { nEpochs: 3, batchSize: 8, gradientAccumulation: 2 });
    for (const method of ['full', 'top-layers']) {
      expect(methodDefinition(method).steps(long, 33)).toBe(9);
      expect(methodDefinition(method).steps(long, 32)).toBe(6);
      expect(methodDefinition(method).epochs(long)).toBe(3);
    }
  });

  test('of contrastive tuning: the most steps, where a row has a partner', () => {
    const own = settings('few-examples', { batchSize: 16, maxSteps: 100 });
    const { steps, epochs, iterated } = methodDefinition('few-examples');
    expect([1, 2, 1000].map((rows) => steps(own, rows))).toEqual([0, 100, 100]);
    expect(epochs(own)).toBeNull();
    expect(iterated).toBe(true);
  });

  test('features only has no steps, no passes and no curve', () => {
    const { steps, epochs, iterated } = methodDefinition('features');
    expect([steps(settings('features'), 100), epochs(settings('features')), iterated]).toEqual([0, null, false]);
  });
});

test('settings are of the methods that use them', () => {
  const users = (key: keyof Omit<Settings, 'method'>): string[] =>
    METHODS.filter((method) => method.settings.includes(key)).map(({ id }) => id);
  expect(users('maxLength')).toEqual([
    'features',
    'few-examples',
    'top-layers',
    'adapter',
    'full',
    'generation-adapter',
  ]);
  expect(users('headC')).toEqual(['features', 'few-examples']);
  expect(users('layers')).toEqual(['top-layers']);
  expect(users('trainEmbeddings')).toEqual(['full']);
  expect(users('nEpochs')).toEqual(['top-layers', 'adapter', 'full', 'generation-adapter']);
  for (const key of ['rank', 'alpha', 'loraDropout', 'targetModules', 'rankStabilized'] as const) {
    expect(users(key)).toEqual(['adapter', 'generation-adapter']);
  }
  expect(users('maxSteps')).toEqual(['few-examples', 'generation-adapter']);
  expect(users('augmentation')).toEqual(['few-examples', 'adapter', 'full']);
  expect(users('learningRate')).toEqual(['few-examples', 'top-layers', 'adapter', 'full', 'generation-adapter']);
});

test('a method has `auto` of its own where the common one does not fit', () => {
  expect(settings('few-examples')).toMatchObject({ batchSize: 32, learningRate: 5e-5, maxSteps: 156, headC: 10 });
  expect(settings('full').l1).toBe(0);
  expect(settings('adapter')).toMatchObject({ learningRate: 1e-3, rank: 8, alpha: 16, targetModules: 'all-linear' });
});

test('written answers have one way to learn, whose steps end with the passes or at the cap', () => {
  const { steps, epochs, trained, suggest } = methodDefinition('generation-adapter');
  expect(methodsFor('generation', { layers: 30 }).map(({ id }) => id)).toEqual(['generation-adapter']);
  expect(suggestMethod('generation', facts).method).toBe('generation-adapter');
  const own = settings('generation-adapter');
  expect(own).toMatchObject({ batchSize: 4, learningRate: 1e-3, weightDecay: 0, maxSteps: 10_000 });
  expect(steps({ ...own, nEpochs: 3, gradientAccumulation: 2 }, 17)).toBe(9);
  expect(steps({ ...own, nEpochs: 3, maxSteps: 4 }, 17)).toBe(4);
  expect(epochs({ nEpochs: 3 })).toBe(3);
  expect(suggest(facts)).not.toBeNull();
  expect(trained(own, { layers: 30 }).adapter).toMatchObject({ rank: 8, targets: 'all-linear' });
  const passes = (rows: number): number =>
    resolveSettings('generation-adapter', autoChoices(), { ...facts, rows }).settings.nEpochs;
  expect([50, 300, 1000, 5000].map(passes)).toEqual([5, 3, 2, 1]);
});

test('what was typed is no longer than the model reads', () => {
  const typed = { ...autoChoices(), maxLength: 2000 };
  expect(resolveSettings('full', typed, facts).settings.maxLength).toBe(256);
  expect(resolveSettings('generation-adapter', typed, { ...facts, modelMaxTokens: 8192 }).settings.maxLength).toBe(
    2000,
  );
});

test('of a single layer there is no top', () => {
  expect(methodsFor('classification', { layers: 2 }).map(({ id }) => id)).toEqual([
    'features',
    'few-examples',
    'top-layers',
    'adapter',
    'full',
  ]);
  expect(methodsFor('classification', { layers: 1 }).map(({ id }) => id)).toEqual([
    'features',
    'few-examples',
    'adapter',
    'full',
  ]);
});

describe('the method to offer first', () => {
  test.each([
    [{ rows: 127, labels: 4 }, 'few-examples'],
    [{ rows: 128, labels: 4 }, 'top-layers'],
    [{ rows: 1999, labels: 4 }, 'top-layers'],
    [{ rows: 2000, labels: 4 }, 'full'],
    [{ rows: 500, labels: 19, backend: 'wasm' }, 'few-examples'],
    [{ rows: 501, labels: 19, backend: 'wasm' }, 'features'],
    [{ rows: 100, labels: 20, backend: 'wasm' }, 'features'],
    [{ rows: 152, labels: 19 }, 'few-examples'],
    [{ rows: 160, labels: 20 }, 'features'],
    [{ rows: 616, labels: 77 }, 'features'],
    [{ rows: 640, labels: 20 }, 'top-layers'],
    [{ rows: 128, labels: 4, backend: 'wasm' }, 'features'],
    [{ rows: 10, labels: 0 }, 'few-examples'],
    [{ rows: 33, labels: 1 }, 'top-layers'],
  ] as const)('%j: %s', (more, method) => {
    expect(suggestMethod('classification', { ...facts, ...more }).method).toBe(method);
  });

  test('says why, in whole rows per label', () => {
    expect(suggestMethod('classification', { ...facts, rows: 99, labels: 4 }).why).toMatch(/^About 25 rows per label/);
    expect(suggestMethod('classification', { ...facts, rows: 99, labels: 4, backend: 'wasm' }).why).toMatch(
      /it takes minutes\.$/,
    );
    expect(suggestMethod('classification', { ...facts, rows: 616, labels: 77 }).why).toBe(
      '77 labels with about 8 rows each: pairs of rows gain nothing over this.',
    );
  });
});

describe('a method of another version', () => {
  test('is told from those that there are, and can be read of', () => {
    expect(isKnownMethod('full')).toBe(true);
    expect(isKnownMethod('distillation')).toBe(false);
    const unknown = methodDefinition('distillation');
    expect(unknown).toMatchObject({ id: 'distillation', title: 'distillation', baseline: null, settings: [] });
    expect(unknown.fits({ layers: 6 })).toBe(false);
    expect(unknown.iterated).toBe(true);
    expect(unknown.trained(settings('full'), { layers: 6 })).toEqual({ layers: 0, embeddings: false });
    expect(unknown.steps(settings('full'), 10)).toBe(0);
    expect(unknown.epochs(settings('full'))).toBeNull();
    expect(unknown.suggest(facts)).toBeNull();
  });

  test('is known once it is registered, stands last in the form, and is offered where it is the strongest', async () => {
    // A registry of this test's own: other tests count the methods that there are.
    vi.resetModules();
    const registry = await import('../../../src/core/settings/methods');
    const toy = (id: string, strength: number) => {
      registry.registerMethod({ ...registry.methodDefinition('full'), id, suggest: () => ({ strength, why: id }) });
    };
    const offered = () => registry.suggestMethod('classification', { ...facts, rows: 10 }).method;
    const [least] = ['few-examples', 'top-layers', 'features'].flatMap((id) => {
      const offer = registry.methodDefinition(id).suggest({ ...facts, rows: 10 });
      return offer === null ? [] : [offer.strength];
    });
    toy('as strong', least ?? 0);
    expect(registry.isKnownMethod('as strong')).toBe(true);
    expect(registry.METHODS.at(-1)?.id).toBe('as strong');
    // Of equals the first in the form.
    expect(offered()).toBe('few-examples');
    toy('stronger', 100);
    expect(offered()).toBe('stronger');
  });

  test('an id is given once', () => {
    const [first] = METHODS;
    const before = METHODS.length;
    expect(() => first && registerMethod(first)).toThrow(RangeError);
    expect(METHODS).toHaveLength(before);
  });
});
