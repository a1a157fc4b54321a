/**
 * What of a decoder computes, whatever its family: the functions through which tasks and benches use it. All make
 * tensors: call them inside `tf.tidy`.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { LoraConfig } from '../../core/models/lora';
import type { TokenBatch } from '../../core/text/batches';
import { AppError } from '../../core/errors';
import type { Dropout } from '../ops/dropout';
import type { Matrix } from '../ops/packed-matrix';
import type { DecoderConfig, DecoderFamily } from './family';
import { matrix, type Weights } from './weights';

export interface Decoder {
  family: DecoderFamily;
  /** As the family's `parseConfig` gave it. */
  config: DecoderConfig;
  weights: Weights;
  /** What the adapters among the weights were made with; absent where there are none. */
  lora?: LoraConfig | undefined;
  /** A gradient computes each layer again in place of what it would keep of it: see ops/recomputed.ts. */
  recompute?: boolean | undefined;
}

/** A decoder without its weights. */
export type DecoderArchitecture = Pick<Decoder, 'family' | 'config'>;

/**
 * Token ids to what the output table is multiplied by, each token's from itself and those before it:
 * [batch·tokens, hidden]. Throws `internal` for more tokens than the model has positions.
 */
export function decoderStates(
  { family, config, weights, lora, recompute }: Decoder,
  batch: TokenBatch,
  dropout?: Dropout,
): tf.Tensor {
  if (batch.tokens > config.maxPositions) {
    throw new AppError(
      'internal',
      `A batch of ${batch.tokens} tokens a row; the model has ${config.maxPositions} positions.`,
    );
  }
  const hidden = family.embed(config, weights, batch, dropout);
  const states = family.runLayers(config, weights, hidden, batch, 0, config.layers, dropout, lora, recompute);
  return family.finish(config, weights, states);
}

/** The table whose product with a state gives the logits, [vocabSize, hidden]; packed, it is a matrix of its lines. */
export function outputTable({ family, config, weights }: Decoder): Matrix {
  return matrix(weights, family.outputTable(config));
}
