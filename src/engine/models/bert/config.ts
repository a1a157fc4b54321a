/**
 * The config of a BERT model, the names of its parameters, and which of them a method trains. The names are those of
 * Hugging Face's files, but for query, key and value of a layer: these lie side by side in one `attention.self.qkv`
 * (packing.ts).
 */
import * as v from 'valibot';
import { AppError } from '../../../core/errors';
import type { LinearModule } from '../../adapters/adapter';
import type { Trainable } from '../family';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const configSchema = v.object({
  vocabSize: count,
  hiddenSize: count,
  layers: count,
  heads: count,
  intermediateSize: count,
  maxPositions: count,
  typeVocabSize: count,
  layerNormEps: v.number(),
  /** What a text's vector is of its states; absent: the mean. */
  pooling: v.optional(v.picklist(['mean', 'first'])),
});

export type BertConfig = v.InferOutput<typeof configSchema>;

/** The config of a manifest; throws `model-damaged` when a field is missing. */
export function parseConfig(config: unknown): BertConfig {
  const parsed = v.safeParse(configSchema, config);
  if (parsed.success) return parsed.output;
  const issue = parsed.issues[0];
  throw new AppError(
    'model-damaged',
    `The model's manifest.json cannot be used: config.${v.getDotPath(issue) ?? ''}: ${issue.message}. Load the model again.`,
    { details: { file: 'manifest.json' } },
  );
}

export const WORD_TABLE = 'embeddings.word_embeddings.weight';

const EMBEDDING_NAMES = [
  WORD_TABLE,
  'embeddings.position_embeddings.weight',
  'embeddings.token_type_embeddings.weight',
  'embeddings.LayerNorm.weight',
  'embeddings.LayerNorm.bias',
];

const LAYER_PARTS = [
  'attention.self.qkv',
  'attention.output.dense',
  'attention.output.LayerNorm',
  'intermediate.dense',
  'output.dense',
  'output.LayerNorm',
];

/** The module whose columns are those of query, key and value (packing.ts). */
export const QKV = 'attention.self.qkv';
/** In the order of their columns. */
export const QKV_PARTS = ['query', 'key', 'value'] as const;

/** The linear layers of all layers, as files have them. */
export function linearModules({ layers, hiddenSize, intermediateSize }: BertConfig): LinearModule[] {
  return Array.from({ length: layers }, (_, layer) => `encoder.layer.${layer}.`).flatMap((prefix) => [
    ...QKV_PARTS.map((part, place) => ({
      path: `${prefix}attention.self.${part}`,
      inputs: hiddenSize,
      outputs: hiddenSize,
      standsIn: { path: prefix + QKV, start: place * hiddenSize },
    })),
    { path: `${prefix}attention.output.dense`, inputs: hiddenSize, outputs: hiddenSize },
    { path: `${prefix}intermediate.dense`, inputs: hiddenSize, outputs: intermediateSize },
    { path: `${prefix}output.dense`, inputs: intermediateSize, outputs: hiddenSize },
  ]);
}

/** All parameters of layer number `layer`, counted from 0. */
export function layerNames(layer: number): string[] {
  return LAYER_PARTS.flatMap((part) => ['weight', 'bias'].map((kind) => `encoder.layer.${layer}.${part}.${kind}`));
}

/** The trained parameters, embeddings first. */
export function trainableNames(config: BertConfig, { layers, embeddings }: Trainable): string[] {
  const names = embeddings ? [...EMBEDDING_NAMES] : [];
  for (let layer = config.layers - layers; layer < config.layers; layer++) names.push(...layerNames(layer));
  return names;
}

/** Every parameter of the encoder. */
export function allNames(config: BertConfig): string[] {
  return trainableNames(config, { layers: config.layers, embeddings: true });
}

/** True for matrices that are applied as a product, which are kept transposed; tables of embeddings are not. */
export function isLinearWeight(name: string): boolean {
  return name.endsWith('.weight') && !name.includes('LayerNorm') && !name.includes('embeddings');
}
