/**
 * The config of a model of Llama's shape, the names of its parameters, and which of them a method trains. Qwen2 (biases of
 * query, key and value) and Qwen3 (norms of query and key, heads of a size of their own) are the same family with flags.
 * Names are those of Hugging Face's files.
 */
import type { ParsedDecoderConfig } from '../../../core/models/parse-decoder-config';
import type { LinearModule } from '../../adapters/adapter';
import type { Trainable } from '../family';

export { parseDecoderConfig as parseConfig } from '../../../core/models/parse-decoder-config';

export type LlamaConfig = ParsedDecoderConfig;

export const WORD_TABLE = 'model.embed_tokens.weight';
export const OUTPUT_TABLE = 'lm_head.weight';
export const LAST_NORM = 'model.norm.weight';

/** What the parameters of a layer begin with, counted from 0. */
export function layerPrefix(layer: number): string {
  return `model.layers.${layer}`;
}

/** The linear layers of a layer, in the order in which they are applied. */
export const PROJECTIONS = [
  'self_attn.q_proj',
  'self_attn.k_proj',
  'self_attn.v_proj',
  'self_attn.o_proj',
  'mlp.gate_proj',
  'mlp.up_proj',
  'mlp.down_proj',
] as const;

/** Those that may have a bias. */
const BIASED = PROJECTIONS.slice(0, 3);

/** All parameters of a layer. */
export function layerNames({ attentionBias, queryKeyNorm }: LlamaConfig, layer: number): string[] {
  const parts = [
    'input_layernorm.weight',
    ...PROJECTIONS.map((part) => `${part}.weight`),
    ...(attentionBias ? BIASED.map((part) => `${part}.bias`) : []),
    ...(queryKeyNorm ? ['self_attn.q_norm.weight', 'self_attn.k_norm.weight'] : []),
    'post_attention_layernorm.weight',
  ];
  return parts.map((part) => `${layerPrefix(layer)}.${part}`);
}

/** The name of the table that gives logits. */
export function outputTable({ tiedEmbeddings }: LlamaConfig): string {
  return tiedEmbeddings ? WORD_TABLE : OUTPUT_TABLE;
}

/** The trained parameters, embeddings first. */
export function trainableNames(config: LlamaConfig, { layers, embeddings }: Trainable): string[] {
  const names = embeddings ? [...new Set([WORD_TABLE, outputTable(config)])] : [];
  for (let layer = config.layers - layers; layer < config.layers; layer++) names.push(...layerNames(config, layer));
  if (layers > 0) names.push(LAST_NORM);
  return names;
}

/** Every parameter of the model. */
export function allNames(config: LlamaConfig): string[] {
  return trainableNames(config, { layers: config.layers, embeddings: true });
}

/** True for matrices that are applied as a product, which are kept transposed; the tables are not. */
export function isLinearWeight(name: string): boolean {
  return name.endsWith('_proj.weight');
}

/** The shape of a parameter in files. */
export function fileShape(config: LlamaConfig, name: string): number[] {
  const { vocabSize, hiddenSize, heads, keyValueHeads, headSize, intermediateSize } = config;
  const [inner, shared] = [heads * headSize, keyValueHeads * headSize];
  if (name === WORD_TABLE || name === OUTPUT_TABLE) return [vocabSize, hiddenSize];
  if (/\.[qk]_norm\.weight$/.test(name)) return [headSize];
  if (name.endsWith('norm.weight')) return [hiddenSize];
  const part = /(\w+)_proj\.(weight|bias)$/.exec(name);
  const outputs = { q: inner, k: shared, v: shared, gate: intermediateSize, up: intermediateSize }[part?.[1] ?? ''];
  const inputs = { o: inner, down: intermediateSize }[part?.[1] ?? ''] ?? hiddenSize;
  return part?.[2] === 'bias' ? [outputs ?? hiddenSize] : [outputs ?? hiddenSize, inputs];
}

/** The linear layers of all layers. */
export function linearModules(config: LlamaConfig): LinearModule[] {
  return Array.from({ length: config.layers }, (_, layer) => layerPrefix(layer)).flatMap((prefix) =>
    PROJECTIONS.map((part) => {
      const path = `${prefix}.${part}`;
      const [outputs = 0, inputs = 0] = fileShape(config, `${path}.weight`);
      return { path, inputs, outputs };
    }),
  );
}
