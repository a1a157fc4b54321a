/** Dropout by a counter: the mask is a function of a seed and the element's place in the step (ops/dropout.ts). */
import type { Kernel } from '../device/gpu';

/** `randomBits(seed, position)` for other kernels: the same bits as that of ops/dropout.ts. */
export const RANDOM_BITS = `
fn randomBits(seed: u32, position: u32) -> u32 {
  var x = seed + position * 0x9e3779b9u;
  x = (x ^ (x >> 16u)) * 0x21f0aaadu;
  x = (x ^ (x >> 15u)) * 0x735a2d97u;
  return x ^ (x >> 15u);
}`;

/**
 * Positions are counted as if every text of a step were padded to this many tokens, the most that models take. The rest
 * of a longer text would be dropped like the start of the next one.
 */
export const COUNTED_TOKENS = 512;

/** Fields of `uniforms` that `rowStart` reads besides `width`: the rows to a text, and the step's texts before these. */
export const ROW_START_UNIFORMS = ['tokens: u32', 'firstText: u32'] as const;

/** `rowStart(row)`: the position of the first element of a matrix' row. */
export const ROW_START = `
fn rowStart(row: u32) -> u32 {
  let text = uniforms.firstText + row / uniforms.tokens;
  return (text * ${COUNTED_TOKENS}u + row % uniforms.tokens) * uniforms.width;
}`;

/** out[i] = x[i]·scale, or 0 where the element's bits are below the threshold; x: [rows, width]. */
export const DROPOUT: Kernel = {
  name: 'dropout',
  inputs: ['x: array<f32>'],
  outputs: ['out: array<f32>'],
  uniforms: ['size: u32', 'width: u32', 'seed: u32', 'threshold: u32', 'scale: f32', ...ROW_START_UNIFORMS],
  code: `${RANDOM_BITS}${ROW_START}
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let i = flatGroup(group, groups) * 64u + local;
  if (i >= uniforms.size) { return; }
  let position = rowStart(i / uniforms.width) + i % uniforms.width;
  out[i] = select(x[i] * uniforms.scale, 0.0, randomBits(uniforms.seed, position) < uniforms.threshold);
}`,
};
