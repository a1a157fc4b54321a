/** The sum of all elements, times a factor, by one workgroup in a fixed order. */
import type { Kernel } from '../device/gpu';

/** The rest of `main` in kernels of one workgroup of 256 threads: adds up their `sum`s; thread 0 goes on with `total`. */
export const GROUP_TOTAL = `
  ofThreads[local] = sum;
  workgroupBarrier();
  for (var half = 128u; half > 0u; half /= 2u) {
    if (local < half) { ofThreads[local] += ofThreads[local + half]; }
    workgroupBarrier();
  }
  if (local > 0u) { return; }
  let total = ofThreads[0];`;

/** Starts a kernel that ends with GROUP_TOTAL. */
export const GROUP_MAIN = `
var<workgroup> ofThreads: array<f32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) local: u32) {
  var sum = 0.0;`;

/** [size] → [1] */
export const SUM: Kernel = {
  name: 'sum',
  inputs: ['x: array<f32>'],
  outputs: ['out: array<f32>'],
  uniforms: ['size: u32', 'factor: f32'],
  code: `${GROUP_MAIN}
  for (var i = local; i < uniforms.size; i += 256u) { sum += x[i]; }
  ${GROUP_TOTAL}
  out[0] = uniforms.factor * total;
}`,
};
