/**
 * Gradient of a table whose rows were looked up: out[id] = Σ dy over the places of that id. `places` holds them sorted
 * by id, `starts` [size + 1] where each id begins, so that every sum has its order and no two threads one target.
 */
import type { Kernel } from '../device/gpu';

const BUFFERS = {
  inputs: ['dy: array<f32>', 'starts: array<i32>', 'places: array<i32>'],
  outputs: ['out: array<f32>'],
  uniforms: ['size: u32', 'width: u32'],
};

/** Elements of the result per workgroup of TABLE_GRADIENT. */
export const TABLE_ELEMENTS = 64;

/** [rows, width] → [size, width]; a thread per element of the result, 0 where an id does not occur. */
export const TABLE_GRADIENT: Kernel = {
  name: 'table-gradient',
  ...BUFFERS,
  code: `
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let i = flatGroup(group, groups) * 64u + local;
  if (i >= uniforms.size * uniforms.width) { return; }
  let id = i / uniforms.width;
  let column = i % uniforms.width;
  var sum = 0.0;
  for (var k = starts[id]; k < starts[id + 1u]; k++) { sum += dy[u32(places[k]) * uniforms.width + column]; }
  out[i] = sum;
}`,
};

/** Columns of one id per workgroup of SMALL_TABLE_GRADIENT. */
export const SMALL_TABLE_COLUMNS = 16;

/** The same for tables with many places to an id, as segments have: sixteen threads share an element of the result. */
export const SMALL_TABLE_GRADIENT: Kernel = {
  name: 'small-table-gradient',
  ...BUFFERS,
  code: `
var<workgroup> sums: array<f32, 256>;

@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_id) local: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  let blocks = (uniforms.width + 15u) / 16u;
  let flat = flatGroup(group, groups);
  if (flat >= uniforms.size * blocks) { return; }
  let id = flat / blocks;
  let column = flat % blocks * 16u + local.x;
  var sum = 0.0;
  if (column < uniforms.width) {
    for (var k = starts[id] + i32(local.y); k < starts[id + 1u]; k += 16) {
      sum += dy[u32(places[k]) * uniforms.width + column];
    }
  }
  sums[index] = sum;
  workgroupBarrier();
  if (local.y > 0u || column >= uniforms.width) { return; }
  for (var i = 1u; i < 16u; i++) { sum += sums[16u * i + local.x]; }
  out[id * uniforms.width + column] = sum;
}`,
};
