/**
 * BERT (Devlin et al. 2018) as pure functions of weights: embeddings, encoder layers, mean pooling.
 *
 * Notable choices: hidden states are one matrix [batch·tokens, hidden], because products of plain matrices are the
 * fast ones everywhere; a range of layers can be run by itself, so that a frozen prefix is computed once and kept;
 * dropout stands where Hugging Face puts it (embeddings, attention probabilities, both layer outputs).
 * Not covered: segment ids other than 0, the pooler, heads for masked words.
 * All functions make tensors: call them inside `tf.tidy`.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { TokenBatch } from '../../../core/text/batches';
import { AppError } from '../../../core/errors';
import { attention } from '../../ops/attention';
import { applyDropout, type Dropout } from '../../ops/dropout';
import { embeddingSum } from '../../ops/embedding';
import { gelu } from '../../ops/gelu';
import { addLayerNorm } from '../../ops/layer-norm';
import { linear } from '../../ops/linear';
import { meanPool } from '../../ops/mean-pool';
import type { BertConfig } from './config';

export { meanPool, type Dropout };

/** Parameters by their Hugging Face names; weights of linear layers are kept transposed, [inputs, outputs]. */
export type Weights = Map<string, tf.Tensor>;

/** The parameter of that name; throws `model-damaged` when the model has none. */
export function parameter(weights: Weights, name: string): tf.Tensor {
  const tensor = weights.get(name);
  if (tensor === undefined) {
    throw new AppError('model-damaged', `The model has no «${name}». Load the model again.`, { details: { name } });
  }
  return tensor;
}

/** Token ids to pooled vectors, the whole way: [batch, hidden], not normalised. */
export function encode(config: BertConfig, weights: Weights, batch: TokenBatch, dropout?: Dropout): tf.Tensor {
  const hidden = embed(config, weights, batch, dropout);
  return meanPool(runLayers(config, weights, hidden, batch, 0, config.layers, dropout), batch);
}

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
  const words = embeddingSum([lookUp('word_embeddings', batch.ids)]); // [B·T, H]
  const places = embeddingSum([
    lookUp(
      'position_embeddings',
      Int32Array.from(batch.ids, (_, i) => i % tokens),
    ),
    lookUp('token_type_embeddings', new Int32Array(batch.ids.length)),
  ]);
  const normalised = norm(config, weights, 'embeddings', words, places);
  return applyDropout(normalised, dropout, 'embeddings');
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
): tf.Tensor {
  let state = hidden;
  for (let layer = from; layer < to; layer++) state = runLayer(config, weights, state, batch, layer, dropout);
  return state;
}

function runLayer(
  config: BertConfig,
  weights: Weights,
  hidden: tf.Tensor,
  batch: TokenBatch,
  layer: number,
  dropout: Dropout | undefined,
): tf.Tensor {
  const prefix = `encoder.layer.${layer}`;
  const dense = (x: tf.Tensor, part: string): tf.Tensor =>
    linear(x, parameter(weights, `${prefix}.${part}.weight`), parameter(weights, `${prefix}.${part}.bias`));
  const shape = {
    batch: batch.batch,
    tokens: batch.tokens,
    lengths: batch.lengths,
    heads: config.heads,
    headSize: config.hiddenSize / config.heads,
  };

  const query = dense(hidden, 'attention.self.query'); // [B·T, H]
  const key = dense(hidden, 'attention.self.key');
  const value = dense(hidden, 'attention.self.value');
  const mixed = attention(query, key, value, shape, dropout, [layer, 'probabilities']);
  const attended = applyDropout(dense(mixed, 'attention.output.dense'), dropout, layer, 'attention');
  const middle = norm(config, weights, `${prefix}.attention.output`, attended, hidden);

  const inner = gelu(dense(middle, 'intermediate.dense')); // [B·T, intermediate]
  const outer = applyDropout(dense(inner, 'output.dense'), dropout, layer, 'output');
  return norm(config, weights, `${prefix}.output`, outer, middle);
}

function norm(config: BertConfig, weights: Weights, prefix: string, a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const gamma = parameter(weights, `${prefix}.LayerNorm.weight`);
  const beta = parameter(weights, `${prefix}.LayerNorm.bias`);
  return addLayerNorm(a, b, gamma, beta, config.layerNormEps);
}
