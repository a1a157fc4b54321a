/**
 * BERT (Devlin et al. 2018) as pure functions of weights: embeddings and encoder layers.
 *
 * Notable choices: hidden states are one matrix [batch·tokens, hidden], because products of plain matrices are the
 * fast ones everywhere; a range of layers can be run by itself, so that a frozen prefix is computed once and kept;
 * dropout stands where Hugging Face puts it (embeddings, attention probabilities, both layer outputs).
 * Not covered: segment ids other than 0, the pooler, heads for masked words.
 * All functions make tensors: call them inside `tf.tidy`.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { LoraConfig } from '../../../core/models/lora';
import type { TokenBatch } from '../../../core/text/batches';
import { AppError } from '../../../core/errors';
import { adapted, adaptedParts, type Adaptation, hasAdapter } from '../../adapters/adapted-linear';
import { activated } from '../../ops/activated';
import { attention } from '../../ops/attention';
import { attentionShape, type AttentionShape } from '../../ops/attention-shape';
import type { Dropout } from '../../ops/dropout';
import { embeddingLayerNorm } from '../../ops/embedding';
import { addLayerNorm } from '../../ops/layer-norm';
import { feedForward, type Dense } from '../../ops/linear';
import { meanPool } from '../../ops/mean-pool';
import { matrix, parameter, type Weights } from '../weights';
import { type BertConfig, QKV, QKV_PARTS } from './config';

/** Sum of word, position and segment embeddings, normalised: [batch·tokens, hidden]. */
export function embed(config: BertConfig, weights: Weights, batch: TokenBatch, dropout?: Dropout): tf.Tensor {
  const { tokens } = batch;
  if (tokens > config.maxPositions) {
    throw new AppError(
      'internal',
      `A batch of ${tokens} tokens a row; the model has ${config.maxPositions} positions.`,
    );
  }
  const lookUp = (part: string, ids: Int32Array) => ({ table: parameter(weights, `embeddings.${part}.weight`), ids });
  const positions = Int32Array.from(batch.ids, (_, i) => i % tokens);
  const lookups = [
    lookUp('word_embeddings', batch.ids),
    lookUp('position_embeddings', positions),
    lookUp('token_type_embeddings', new Int32Array(batch.ids.length)),
  ];
  const [gamma, beta] = normOf(weights, 'embeddings');
  return embeddingLayerNorm(lookups, gamma, beta, config.layerNormEps, perText(dropout, batch), ['embeddings']); // [B·T, H]
}

/** Layers `from` (included) to `to` (not included) of the encoder: [batch·tokens, hidden] → the same. */
export function runLayers(
  config: BertConfig,
  weights: Weights,
  hidden: tf.Tensor,
  batch: TokenBatch,
  from: number,
  to: number,
  dropout?: Dropout,
  lora?: LoraConfig,
): tf.Tensor {
  const shape = attentionShape(batch, config.heads, config.hiddenSize / config.heads);
  const drop = perText(dropout, batch);
  let state = hidden;
  // What a layer made and no gradient needs goes with the layer.
  for (let layer = from; layer < to; layer++) {
    state = tf.tidy(() => runLayer(config, weights, state, shape, layer, { dropout: drop, lora }));
  }
  return state;
}

/** States to a text's vector: their mean, or the state of its first token. */
export function pool({ pooling }: BertConfig, states: tf.Tensor, batch: TokenBatch): tf.Tensor {
  // The first state is the mean of the first one.
  return meanPool(states, pooling === 'first' ? { ...batch, lengths: batch.lengths.map(() => 1) } : batch);
}

function runLayer(
  config: BertConfig,
  weights: Weights,
  hidden: tf.Tensor,
  shape: AttentionShape,
  layer: number,
  adaptation: Adaptation,
): tf.Tensor {
  const { dropout } = adaptation;
  const prefix = `encoder.layer.${layer}`;
  const dense = (part: string): Dense => ({
    weight: matrix(weights, `${prefix}.${part}.weight`),
    bias: parameter(weights, `${prefix}.${part}.bias`),
  });
  const norm = (part: string, branch: tf.Tensor, residual: tf.Tensor, place: string): tf.Tensor => {
    const [gamma, beta] = normOf(weights, `${prefix}.${part}`);
    return addLayerNorm(branch, residual, gamma, beta, config.layerNormEps, dropout, [layer, place]);
  };

  const project = (x: tf.Tensor, part: string): tf.Tensor => adapted(x, weights, `${prefix}.${part}`, adaptation);
  const [inner, last] = ['intermediate.dense', 'output.dense'];

  const parts = QKV_PARTS.map((part) => `${prefix}.attention.self.${part}`);
  const qkv = adaptedParts(hidden, weights, `${prefix}.${QKV}`, parts, adaptation); // [B·T, 3·H]
  const mixed = attention(qkv, shape, dropout, [layer, 'probabilities']);
  const attended = project(mixed, 'attention.output.dense');
  const middle = norm('attention.output', attended, hidden, 'attention');

  // Both in one where nothing is added between them.
  const outer = [inner, last].some((part) => hasAdapter(weights, `${prefix}.${part}`))
    ? project(activated(project(middle, inner), 'gelu'), last)
    : feedForward(middle, dense(inner), dense(last), 'gelu');
  return norm('output', outer, middle, 'output');
}

/** For matrices whose rows are the tokens of a batch. */
function perText(dropout: Dropout | undefined, { tokens }: TokenBatch): Dropout | undefined {
  return dropout && { ...dropout, tokens };
}

/** γ and β of a LayerNorm. */
function normOf(weights: Weights, prefix: string): [gamma: tf.Tensor, beta: tf.Tensor] {
  return [parameter(weights, `${prefix}.LayerNorm.weight`), parameter(weights, `${prefix}.LayerNorm.bias`)];
}
