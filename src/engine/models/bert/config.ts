/**
 * The names of a BERT model's parameters and which of them a method trains. They are those of Hugging Face's files, but
 * for query, key and value of a layer: these lie side by side in one `attention.self.qkv` (weights.ts).
 */
import type { BertConfig } from '../../../core/models/manifest';

export type { BertConfig };

/** What of the encoder is trained: the last `layers` layers (0 = none), and the embedding tables or not. */
export interface Trainable {
  layers: number;
  embeddings: boolean;
}

const EMBEDDING_NAMES = [
  'embeddings.word_embeddings.weight',
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
