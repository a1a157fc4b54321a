/** Rows of a table that stays in blocks, by their ids; a thread for four values. See packed-blocks.ts. */
import type { Kernel } from '../device/gpu';
import { type BlockTypeId, fourOfBlocks } from './packed-blocks';

/** Threads of a workgroup, each for four values. */
export const TABLE_ROWS_GROUP = 64;

/** packed: [size, width] in blocks; out: [count, width] */
export function packedTableRows(type: BlockTypeId): Kernel {
  return {
    name: `table rows ${type}`,
    inputs: ['packed: array<u32>', 'ids: array<i32>'],
    outputs: ['out: array<vec4<f32>>'],
    uniforms: ['count: u32', 'width: u32', 'size: u32'],
    code: `
${fourOfBlocks('readFour', type, { buffer: 'packed', lines: 'uniforms.size' })}
@compute @workgroup_size(${TABLE_ROWS_GROUP})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let i = flatGroup(group, groups) * ${TABLE_ROWS_GROUP}u + local;
  let across = uniforms.width / 4u;
  if (i >= uniforms.count * across) { return; }
  out[i] = readFour(u32(ids[i / across]), i % across * 4u);
}`,
  };
}
