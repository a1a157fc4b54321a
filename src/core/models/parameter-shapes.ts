/** The parameters that a model brought along must have, by name and shape as in Hugging Face's files: an allow-list. */
import type { DecoderConfig } from './decoder-config';
import type { ModelConfig } from './model-config';

/** The config of an encoder of BERT's shape, as manifests have it. */
export interface BertShape extends ModelConfig {
  heads: number;
  intermediateSize: number;
  typeVocabSize: number;
  layerNormEps: number;
  /** What a text's vector is of its states: their mean, or the first one. Absent: the mean. */
  pooling?: 'mean' | 'first' | undefined;
}

type Shapes = Map<string, readonly number[]>;

/** Of a decoder of Llama's shape. */
export function decoderShapes(config: DecoderConfig): Shapes {
  const { vocabSize, hiddenSize, heads, keyValueHeads, headSize, intermediateSize, layers } = config;
  const [inner, shared] = [heads * headSize, keyValueHeads * headSize];
  const shapes: Shapes = new Map([['model.embed_tokens.weight', [vocabSize, hiddenSize]]]);
  for (let layer = 0; layer < layers; layer++) {
    const set = (part: string, ...shape: number[]): unknown => shapes.set(`model.layers.${layer}.${part}`, shape);
    set('input_layernorm.weight', hiddenSize);
    for (const [part, outputs] of [
      ['q', inner],
      ['k', shared],
      ['v', shared],
    ] as const) {
      set(`self_attn.${part}_proj.weight`, outputs, hiddenSize);
      if (config.attentionBias) set(`self_attn.${part}_proj.bias`, outputs);
    }
    set('self_attn.o_proj.weight', hiddenSize, inner);
    if (config.queryKeyNorm) {
      set('self_attn.q_norm.weight', headSize);
      set('self_attn.k_norm.weight', headSize);
    }
    set('post_attention_layernorm.weight', hiddenSize);
    set('mlp.gate_proj.weight', intermediateSize, hiddenSize);
    set('mlp.up_proj.weight', intermediateSize, hiddenSize);
    set('mlp.down_proj.weight', hiddenSize, intermediateSize);
  }
  shapes.set('model.norm.weight', [hiddenSize]);
  if (!config.tiedEmbeddings) shapes.set('lm_head.weight', [vocabSize, hiddenSize]);
  return shapes;
}

/** Of an encoder of BERT's shape. */
export function bertShapes(config: BertShape): Shapes {
  const { vocabSize, hiddenSize: h, intermediateSize: i, layers, maxPositions, typeVocabSize } = config;
  const shapes: Shapes = new Map([
    ['embeddings.word_embeddings.weight', [vocabSize, h]],
    ['embeddings.position_embeddings.weight', [maxPositions, h]],
    ['embeddings.token_type_embeddings.weight', [typeVocabSize, h]],
    ['embeddings.LayerNorm.weight', [h]],
    ['embeddings.LayerNorm.bias', [h]],
  ]);
  for (let layer = 0; layer < layers; layer++) {
    const linear = (part: string, outputs: number, inputs: number): void => {
      shapes.set(`encoder.layer.${layer}.${part}.weight`, [outputs, inputs]);
      shapes.set(`encoder.layer.${layer}.${part}.bias`, [outputs]);
    };
    const norm = (part: string): void => {
      for (const kind of ['weight', 'bias']) shapes.set(`encoder.layer.${layer}.${part}.LayerNorm.${kind}`, [h]);
    };
    for (const part of ['query', 'key', 'value']) linear(`attention.self.${part}`, h, h);
    linear('attention.output.dense', h, h);
    norm('attention.output');
    linear('intermediate.dense', i, h);
    linear('output.dense', h, i);
    norm('output');
  }
  return shapes;
}
