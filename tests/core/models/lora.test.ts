import { describe, expect, test } from 'vitest';
import { AppError } from '../../../src/core/errors';
import {
  adapterParameters,
  isTargeted,
  loraConfigOf,
  type LoraConfig,
  loraScaling,
  targetPaths,
} from '../../../src/core/models/lora';

const CONFIG: LoraConfig = { rank: 8, alpha: 16, dropout: 0, targetModules: ['q_proj'], rankStabilized: false };
const ALL = loraConfigOf({ ...CONFIG, targets: 'all-linear' }, 'llama');
const MODULES = [0, 1].flatMap((layer) =>
  ALL.targetModules.map(
    (name) => `model.layers.${layer}.${name.startsWith('gate') || name.startsWith('up') ? 'mlp' : 'self_attn'}.${name}`,
  ),
);

test('an adapter is scaled by alpha/rank, rank-stabilised by alpha/√rank', () => {
  expect(loraScaling(CONFIG)).toBe(2);
  expect(loraScaling({ ...CONFIG, rankStabilized: true })).toBe(16 / Math.sqrt(8));
});

test('a target is matched at a dot, as PEFT does', () => {
  expect(isTargeted('model.layers.0.self_attn.q_proj', ['q_proj'])).toBe(true);
  expect(isTargeted('model.layers.0.self_attn.q_proj', ['self_attn.q_proj'])).toBe(true);
  expect(isTargeted('model.layers.0.self_attn.q_proj', ['proj'])).toBe(false);
  expect(isTargeted('q_proj', ['q_proj'])).toBe(true);
});

test('the paths of a config are those of the model that it names, in their order', () => {
  expect(targetPaths({ ...CONFIG, targetModules: ['v_proj', 'q_proj'] }, MODULES)).toEqual([
    'model.layers.0.self_attn.q_proj',
    'model.layers.0.self_attn.v_proj',
    'model.layers.1.self_attn.q_proj',
    'model.layers.1.self_attn.v_proj',
  ]);
});

test('kinds of layers are named as each family names them; of another family none are known', () => {
  const names = (family: string) =>
    (['all-linear', 'attention', 'query-value'] as const).map(
      (targets) => loraConfigOf({ ...CONFIG, targets }, family).targetModules.length,
    );
  expect(names('llama')).toEqual([7, 4, 2]);
  expect(names('bert')).toEqual([4, 4, 2]);
  const { targetModules, rank } = loraConfigOf({ ...CONFIG, rank: 3, targets: 'query-value' }, 'bert');
  expect({ targetModules, rank }).toEqual({ targetModules: ['query', 'value'], rank: 3 });
  expect(() => loraConfigOf({ ...CONFIG, targets: 'all-linear' }, 'mixer')).toThrow('«mixer»');
});

test('the values of an adapter are a rank times the widths of its modules, in every layer', () => {
  const adapterWidths = { 'all-linear': 100, attention: 40, 'query-value': 20 };
  expect(adapterParameters({ layers: 3, adapterWidths }, { rank: 5, targets: 'all-linear' })).toBe(1500);
  expect(adapterParameters({ layers: 3, adapterWidths }, { rank: 2, targets: 'query-value' })).toBe(120);
});

describe('refused, in words', () => {
  test.each([
    ['lm_head', 'never stands on «lm_head»'],
    ['embed_tokens', 'never stands on «embed_tokens»'],
    ['word_embeddings', 'never stands on «word_embeddings»'],
    ['model.embed_tokens', 'never stands on'],
    ['c_attn', 'no linear layer «c_attn»'],
  ])('a target %s', (target, words) => {
    const ask = () => targetPaths({ ...CONFIG, targetModules: ['q_proj', target] }, MODULES);
    expect(ask).toThrow(words);
    expect(ask).toThrow(AppError);
  });

  test.each([
    [{ rank: 0 }, 'rank is a whole number'],
    [{ rank: 1.5 }, 'rank is a whole number'],
    [{ alpha: 0 }, 'alpha is a number above 0'],
    [{ alpha: Infinity }, 'alpha is a number above 0'],
    [{ dropout: 1 }, 'dropout is from 0'],
    [{ dropout: NaN }, 'dropout is from 0'],
    [{ targetModules: [] }, 'at least one layer'],
  ])('%j', (change, words) => {
    expect(() => targetPaths({ ...CONFIG, ...change }, MODULES)).toThrow(words);
  });
});
