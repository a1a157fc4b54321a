/** Sums of squares of several tensors, in parts of a fixed size and order: the same bits each time. */
import type { Kernel } from '../device/gpu';

/** Tensors in one dispatch: with the output, a shader's eight buffers. */
export const SQUARED_TENSORS = 7;
/** Elements of one part. */
export const SQUARED_PART = 8192;

const THREADS = 256;

/** sums[start + part] = Σ x², the parts of the first tensor, then those of the next; each tensor has whole parts. */
export function sumsOfSquares(tensors: number): Kernel {
  const each = Array.from({ length: tensors }, (_, i) => i);
  return {
    name: `sums-of-squares-${tensors}`,
    inputs: each.map((i) => `x${i}: array<f32>`),
    outputs: ['sums: array<f32>'],
    uniforms: ['start: u32', ...each.map((i) => `size${i}: u32`)],
    code: `
var<workgroup> threads: array<f32, ${THREADS}>;
${each.map(sumOf).join('')}
fn sum(id: u32, local: u32) -> f32 {
  var part = id;
  ${each.map(choose).join('')}
  return 0.0;
}
@compute @workgroup_size(${THREADS})
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) ids: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let part = flatGroup(id, ids);
  threads[local] = sum(part, local);
  for (var reach = ${THREADS / 2}u; reach > 0u; reach /= 2u) {
    workgroupBarrier();
    if (local < reach) { threads[local] += threads[local + reach]; }
  }
  if (local == 0u && part < ${each.map((i) => partsOf(i)).join(' + ')}) { sums[uniforms.start + part] = threads[0]; }
}`,
  };
}

function partsOf(i: number): string {
  return `(uniforms.size${i} + ${SQUARED_PART - 1}u) / ${SQUARED_PART}u`;
}

function sumOf(i: number): string {
  return `
fn sum${i}(part: u32, local: u32) -> f32 {
  var sum = 0.0;
  let end = min((part + 1u) * ${SQUARED_PART}u, uniforms.size${i});
  for (var i = part * ${SQUARED_PART}u + local; i < end; i += ${THREADS}u) { sum += x${i}[i] * x${i}[i]; }
  return sum;
}`;
}

function choose(i: number): string {
  return `
  let parts${i} = ${partsOf(i)};
  if (part < parts${i}) { return sum${i}(part, local); }
  part -= parts${i};`;
}
