/**
 * The second stage of sums over rows: parts [count, columns] → their sums, split over one or two outputs of `width`
 * columns each. Sixteen columns to a workgroup, sixteen threads to a column, in a fixed order.
 */
import type { Kernel } from '../device/gpu';

/** Columns of a workgroup. */
export const SUM_COLUMNS = 16;

export function sumParts(outputs: 1 | 2): Kernel {
  return {
    name: `sum-parts ${outputs}`,
    inputs: ['parts: array<f32>'],
    outputs: outputs === 1 ? ['first: array<f32>'] : ['first: array<f32>', 'second: array<f32>'],
    uniforms: ['count: u32', 'width: u32'],
    code: `
var<workgroup> sums: array<f32, 256>;

@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>,
        @builtin(local_invocation_index) index: u32) {
  let columns = ${outputs}u * uniforms.width;
  let column = group.x * 16u + local.x;
  var sum = 0.0;
  if (column < columns) {
    for (var part = local.y; part < uniforms.count; part += 16u) { sum += parts[part * columns + column]; }
  }
  sums[index] = sum;
  workgroupBarrier();
  if (local.y > 0u || column >= columns) { return; }
  for (var i = 1u; i < 16u; i++) { sum += sums[16u * i + local.x]; }
  ${outputs === 1 ? 'first[column] = sum;' : 'if (column < uniforms.width) { first[column] = sum; } else { second[column - uniforms.width] = sum; }'}
}`,
  };
}
