/**
 * Attention on WebGPU: one dispatch forwards, two for the gradient. Neither scores nor probabilities are ever kept,
 * only one number for each query and head, so that memory grows with the tokens and not with their square.
 */
import * as tf from '@tensorflow/tfjs-core';
import { AppError } from '../../../core/errors';
import type { Gpu } from '../../device/gpu';
import { attentionForward } from '../../kernels/attention-forward';
import { attentionKeys } from '../../kernels/attention-keys';
import { attentionQueries } from '../../kernels/attention-queries';
import { blockRows, MOST_HEAD_SIZE, type AttentionCode } from '../../kernels/attention-tiles';
import { packedWidth, type AttentionShape } from '../attention-shape';
import { differentiable } from '../differentiable';
import { dropThreshold, type PlaceDropout } from '../dropout';

/** qkv: [batch·tokens, query | key | value] → [batch·tokens, hidden]; see `attention` for the meaning. */
export function webGpuAttention(
  gpu: Gpu,
  qkv: tf.Tensor,
  shape: AttentionShape,
  { rate, seed, firstText }: PlaceDropout,
): tf.Tensor {
  const { batch, tokens, heads, keyValueHeads, headSize, causal, lengthsTensor } = shape;
  if (headSize > MOST_HEAD_SIZE) {
    throw new AppError('internal', `A head of ${headSize} numbers; attention takes at most ${MOST_HEAD_SIZE}.`);
  }
  const rows = blockRows(headSize);
  const { forward, queries, keys } = programsOf({ headSize, rows, causal });
  const blocks = Math.ceil(tokens / rows);
  const groups = batch * heads * blocks;
  const keyGroups = batch * keyValueHeads * blocks;
  const uniformsOf = (count: number) => [
    ...[count, tokens, heads, keyValueHeads, 1 / Math.sqrt(headSize)],
    ...[seed, dropThreshold(rate), 1 / (1 - rate), firstText * heads],
    ...[Math.ceil(headSize / 4), rows / 4],
  ];
  const uniforms = uniformsOf(groups);
  return differentiable(
    [qkv],
    () => {
      const out = gpu.make([batch * tokens, heads * headSize]);
      const logSums = gpu.make([batch * heads * tokens]);
      gpu.run(forward, { inputs: [qkv, lengthsTensor], outputs: [out, logSums], uniforms, groups });
      return { value: out, saved: [qkv, out, logSums, lengthsTensor] };
    },
    (dy, saved) =>
      tf.tidy(() => {
        const [savedQkv, out, logSums, lengths] = [saved(0), saved(1), saved(2), saved(3)];
        const dQkv = gpu.make([batch * tokens, packedWidth(shape)]);
        const along = gpu.make([batch * heads * tokens]);
        gpu.run(queries, {
          inputs: [savedQkv, out, dy, logSums, lengths],
          outputs: [dQkv, along],
          uniforms,
          groups,
        });
        gpu.run(keys, {
          inputs: [savedQkv, dy, logSums, along, lengths],
          outputs: [dQkv],
          uniforms: uniformsOf(keyGroups),
          groups: keyGroups,
        });
        return [dQkv];
      }),
  );
}

/** Written once for each head size and block: a step asks for them in every layer. */
const programs = new Map<string, ReturnType<typeof writePrograms>>();

function programsOf(code: AttentionCode): ReturnType<typeof writePrograms> {
  const key = `${code.headSize} ${code.rows} ${code.causal}`;
  const kept = programs.get(key) ?? writePrograms(code);
  programs.set(key, kept);
  return kept;
}

function writePrograms(code: AttentionCode) {
  return { forward: attentionForward(code), queries: attentionQueries(code), keys: attentionKeys(code) };
}
