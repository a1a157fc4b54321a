/** Dropout by a counter: the mask is a function of a seed and the element's position (ops/dropout.ts). */
import type { Kernel } from '../device/gpu';

/** `randomBits(seed, position)` for other kernels: the same bits as that of ops/dropout.ts. */
export const RANDOM_BITS = `
fn randomBits(seed: u32, position: u32) -> u32 {
  var x = seed + position * 0x9e3779b9u;
  x = (x ^ (x >> 16u)) * 0x21f0aaadu;
  x = (x ^ (x >> 15u)) * 0x735a2d97u;
  return x ^ (x >> 15u);
}`;

/** out[i] = x[i]·scale, or 0 where the element's bits are below the threshold. */
export const DROPOUT: Kernel = {
  name: 'dropout',
  inputs: ['x: array<f32>'],
  outputs: ['out: array<f32>'],
  uniforms: ['size: u32', 'seed: u32', 'threshold: u32', 'scale: f32'],
  code: `${RANDOM_BITS}
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let i = flatGroup(group, groups) * 64u + local;
  if (i >= uniforms.size) { return; }
  out[i] = select(x[i] * uniforms.scale, 0.0, randomBits(uniforms.seed, i) < uniforms.threshold);
}`,
};
