import { expect, test } from 'vitest';
import {
  allNames,
  fileShape,
  isLinearWeight,
  layerNames,
  parseConfig,
  trainableNames,
} from '../../../../src/engine/models/llama/config';
import { decoderCounts } from '../../../../src/core/models/decoder-counts';
import { findDecoderFamily, findEncoderFamily } from '../../../../src/engine/models/registry';
import { tinyLlama, tinyQwen2, tinyQwen3 } from '../../../helpers/tiny-llama';

const SMOLLM2 = {
  ...{ vocabSize: 49152, hiddenSize: 576, layers: 30, heads: 9, keyValueHeads: 3, headSize: 64 },
  ...{ intermediateSize: 1536, rmsNormEps: 1e-5, ropeTheta: 100_000, maxPositions: 8192, tiedEmbeddings: true },
};

test('a config without flags has none, and what is missing or impossible is said', () => {
  expect(parseConfig(SMOLLM2)).toEqual({ ...SMOLLM2, attentionBias: false, queryKeyNorm: false });
  expect(() => parseConfig({ ...SMOLLM2, ropeTheta: undefined })).toThrow('config.ropeTheta');
  expect(() => parseConfig({ ...SMOLLM2, keyValueHeads: 2 })).toThrow('heads are not groups of keyValueHeads');
  expect(() => parseConfig({ ...SMOLLM2, headSize: 63 })).toThrow('config.headSize');
  expect(() => parseConfig({ ...SMOLLM2, layers: 0 })).toThrow('config.layers');
});

test('names are those of the files, with what the flags bring', () => {
  expect(allNames(parseConfig(SMOLLM2))).toHaveLength(272);
  expect(layerNames(tinyQwen2, 1)).toContain('model.layers.1.self_attn.v_proj.bias');
  expect(layerNames(tinyQwen3, 0)).toContain('model.layers.0.self_attn.q_norm.weight');
  expect(layerNames(tinyLlama, 0).some((name) => /bias|q_norm/.test(name))).toBe(false);
  expect(allNames(tinyQwen2)).toContain('lm_head.weight');
  expect(allNames(tinyLlama)).not.toContain('lm_head.weight');
  expect(trainableNames(tinyLlama, { layers: 1, embeddings: false })).toEqual([
    ...layerNames(tinyLlama, 1),
    'model.norm.weight',
  ]);
  expect(allNames(tinyLlama).filter(isLinearWeight)).toHaveLength(14);
});

test('shapes are those of the files', () => {
  expect(fileShape(tinyQwen3, 'model.layers.0.self_attn.q_proj.weight')).toEqual([64, 32]);
  expect(fileShape(tinyQwen3, 'model.layers.0.self_attn.v_proj.weight')).toEqual([32, 32]);
  expect(fileShape(tinyQwen3, 'model.layers.0.self_attn.o_proj.weight')).toEqual([32, 64]);
  expect(fileShape(tinyQwen3, 'model.layers.0.self_attn.k_norm.weight')).toEqual([16]);
  expect(fileShape(tinyQwen2, 'model.layers.0.self_attn.k_proj.bias')).toEqual([16]);
  expect(fileShape(tinyLlama, 'model.layers.0.mlp.down_proj.weight')).toEqual([32, 64]);
  expect(fileShape(tinyLlama, 'model.layers.0.mlp.up_proj.weight')).toEqual([64, 32]);
  expect(fileShape(tinyLlama, 'model.embed_tokens.weight')).toEqual([40, 32]);
});

test.each([tinyLlama, tinyQwen2, tinyQwen3, parseConfig(SMOLLM2)])(
  'counts are the values of all parameters: $layers layers',
  (config) => {
    const size = (name: string): number => fileShape(config, name).reduce((a, b) => a * b);
    const total = allNames(config).reduce((sum, name) => sum + size(name), 0);
    const { embeddingParameters, layerParameters, layers } = decoderCounts(config);
    expect(embeddingParameters + layers * layerParameters).toBe(total);
    expect(layerParameters).toBe(layerNames(config, 0).reduce((sum, name) => sum + size(name), 0));
  },
);

test('a decoder is no encoder, nor the other way round', () => {
  expect(findDecoderFamily('llama').id).toBe('llama');
  expect(findEncoderFamily('bert').id).toBe('bert');
  expect(() => findEncoderFamily('llama')).toThrow('writes text');
  expect(() => findDecoderFamily('bert')).toThrow('reads texts');
});
