/** LayerNorm on WebGPU: one dispatch forward, two backward, one where γ and β are frozen. For operations that have the other paths as well. */
import type * as tf from '@tensorflow/tfjs-core';
import type { Gpu } from '../../device/gpu';
import { layerNormBackward, layerNormForward, type NormDropout, type NormSource } from '../../kernels/layer-norm';
import { dropoutUniforms, type PlaceDropout } from '../dropout';
import { splitRows, sumsOfParts } from './row-parts';

/** What is normalised, and how. */
export interface GpuNorm {
  source: NormSource;
  rows: number;
  gamma: tf.Tensor;
  beta: tf.Tensor;
  epsilon: number;
  dropout: PlaceDropout;
  /** What it is the dropout of. */
  dropped: Exclude<NormDropout, 'none'>;
}

/** inputs: those of the source → [rows, width] */
export function gpuLayerNorm(gpu: Gpu, inputs: readonly tf.Tensor[], norm: GpuNorm): tf.Tensor {
  const { source, rows, gamma, beta } = norm;
  const width = gamma.size;
  const out = gpu.make([rows, width]);
  gpu.run(layerNormForward(source, droppedBy(norm)), {
    inputs: [...inputs, gamma, beta],
    outputs: [out],
    uniforms: uniformsOf(norm),
    groups: rows,
  });
  return out;
}

/**
 * Gradients of what was normalised (da only with dropout of the branch, else null), and where it is `affine`, of γ and
 * of β.
 */
export function gpuLayerNormGradient(
  gpu: Gpu,
  inputs: readonly tf.Tensor[],
  dy: tf.Tensor,
  norm: GpuNorm,
  affine: boolean,
) {
  const { source, rows, gamma } = norm;
  const dropped = droppedBy(norm);
  const width = gamma.size;
  const { rowsPerGroup, groups } = splitRows(gpu, rows);
  const dz = gpu.make([rows, width]);
  const da = dropped === 'branch' ? gpu.make([rows, width]) : null;
  const parts = affine ? gpu.make([groups, 2 * width]) : null;
  gpu.run(layerNormBackward(source, dropped, affine), {
    inputs: [...inputs, gamma, dy],
    outputs: [dz, parts, da].flatMap((output) => output ?? []),
    uniforms: [...uniformsOf(norm), rowsPerGroup],
    groups,
  });
  const [dGamma, dBeta] = parts === null ? [] : sumsOfParts(gpu, parts, width);
  parts?.dispose();
  return { dz, da, dGamma, dBeta };
}

function droppedBy({ dropout, dropped }: GpuNorm): NormDropout {
  return dropout.rate === 0 ? 'none' : dropped;
}

function uniformsOf({ rows, gamma, epsilon, dropout }: GpuNorm): number[] {
  return [rows, gamma.size, epsilon, ...dropoutUniforms(dropout)];
}
