/**
 * A linear layer with what adapters add to it: y = x·W + b + scaling·(dropout(x)·A)·B (Hu et al. 2021). Every layer of
 * every family applies its projections through here. Whether there is an adapter is said by the weights: under the
 * module's path, `lora_A.weight` and `lora_B.weight`, in the engine's layout [inputs, rank] and [rank, outputs].
 */
import type * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../core/errors';
import { type LoraConfig, loraScaling } from '../../core/models/lora';
import { type Dropout, dropoutAt } from '../ops/dropout';
import { type Dense, linear } from '../ops/linear';
import { type LowRankBranch, lowRankLinear } from '../ops/low-rank';
import { matrix, parameter, type Weights } from '../ops/parameters';

/** The names of an adapter's matrices after the path of its module. */
export const LORA_A = '.lora_A.weight';
export const LORA_B = '.lora_B.weight';

export interface Adaptation {
  /** What the adapters in the weights were made with; needed where there are any. */
  lora?: Pick<LoraConfig, 'rank' | 'alpha' | 'rankStabilized' | 'dropout'> | undefined;
  /** Of a step; its `tokens` set. An adapter's rate is its own, this one's is not looked at. */
  dropout?: Dropout | undefined;
}

/**
 * The projection of that path: x [rows, inputs] → [rows, outputs]. Its bias is used where the weights have one. Throws
 * `model-damaged` where there is no such weight. A frozen weight, packed or not, costs no gradient of its own.
 */
export function adapted(x: tf.Tensor, weights: Weights, path: string, adaptation: Adaptation = {}): tf.Tensor {
  return adaptedParts(x, weights, path, [path], adaptation);
}

/**
 * The same of several modules that read the same and whose matrices lie side by side, in equal parts, in that of `path`,
 * which has no adapter of its own: x → [rows, outputs of all], each part with the adapter under its own path.
 */
export function adaptedParts(
  x: tf.Tensor,
  weights: Weights,
  path: string,
  parts: readonly string[],
  { lora, dropout }: Adaptation = {},
): tf.Tensor {
  const name = `${path}.bias`;
  const weight = matrix(weights, `${path}.weight`);
  const dense: Dense = { weight, ...(weights.has(name) && { bias: parameter(weights, name) }) };
  const width = weight.shape[1] ?? 0;
  const branches = parts.flatMap((part, place): LowRankBranch[] => {
    if (!hasAdapter(weights, part)) return [];
    if (lora === undefined) {
      throw new AppError('internal', `«${part}» has an adapter, and nothing says how it is scaled.`);
    }
    return [
      {
        a: parameter(weights, part + LORA_A),
        b: parameter(weights, part + LORA_B),
        start: (place * width) / parts.length,
        scaling: loraScaling(lora),
        dropout: dropoutAt(dropout && { ...dropout, rate: lora.dropout }, part, 'adapter'),
      },
    ];
  });
  return branches.length === 0 ? linear(x, dense) : lowRankLinear(x, dense, branches);
}

/** True where the module of that path has an adapter. */
export function hasAdapter(weights: Weights, path: string): boolean {
  return weights.has(path + LORA_A);
}
