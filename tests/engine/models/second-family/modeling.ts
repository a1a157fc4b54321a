/** h ← norm(h + GELU(h·M + b)), layer by layer, on the rows of the words: no positions, no attention. */
import * as tf from '@tensorflow/tfjs-core';
import type { TokenBatch } from '../../../../src/core/text/batches';
import { matrix, parameter, type Weights } from '../../../../src/engine/models/weights';
import type { Dropout } from '../../../../src/engine/ops/dropout';
import { embeddingLayerNorm } from '../../../../src/engine/ops/embedding';
import { addLayerNorm } from '../../../../src/engine/ops/layer-norm';
import { linear } from '../../../../src/engine/ops/linear';
import { type MixerConfig, normNames, WORDS } from './config';

const EPSILON = 1e-6;

export function embed(_: MixerConfig, weights: Weights, batch: TokenBatch, dropout?: Dropout): tf.Tensor {
  const [gamma, beta] = normOf(weights, WORDS);
  const lookup = { table: parameter(weights, WORDS), ids: batch.ids };
  return embeddingLayerNorm([lookup], gamma, beta, EPSILON, perText(dropout, batch), [WORDS]);
}

export function runLayers(
  _: MixerConfig,
  weights: Weights,
  hidden: tf.Tensor,
  batch: TokenBatch,
  from: number,
  to: number,
  dropout?: Dropout,
): tf.Tensor {
  let state = hidden;
  for (let layer = from; layer < to; layer++) {
    state = tf.tidy(() => {
      const name = `mix.${layer}`;
      const dense = { weight: matrix(weights, `${name}.matrix`), bias: parameter(weights, `${name}.offset`) };
      const [gamma, beta] = normOf(weights, name);
      const mixed = linear(state, dense, 'gelu');
      return addLayerNorm(mixed, state, gamma, beta, EPSILON, perText(dropout, batch), [layer]);
    });
  }
  return state;
}

function perText(dropout: Dropout | undefined, { tokens }: TokenBatch): Dropout | undefined {
  return dropout && { ...dropout, tokens };
}

function normOf(weights: Weights, prefix: string): [tf.Tensor, tf.Tensor] {
  const [scale = '', shift = ''] = normNames(prefix);
  return [parameter(weights, scale), parameter(weights, shift)];
}
