/**
 * Gradient of a table whose rows were looked up: out[id] = Σ dy over the places of that id. `places` holds them sorted
 * by id, `starts` [size + 1] where each id begins, so that every sum has its order and no two threads one target.
 */
import type { Kernel } from '../device/gpu';

/** Elements of the result per workgroup. */
export const TABLE_COLUMNS = 64;

/** [rows, width] → [size, width]; a thread per element of the result, 0 where an id does not occur. */
export const TABLE_GRADIENT: Kernel = {
  name: 'table-gradient',
  inputs: ['dy: array<f32>', 'starts: array<i32>', 'places: array<i32>'],
  outputs: ['out: array<f32>'],
  uniforms: ['size: u32', 'width: u32'],
  code: `
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let i = flatGroup(group, groups) * 64u + local;
  if (i >= uniforms.size) { return; }
  let id = i / uniforms.width;
  let column = i % uniforms.width;
  var sum = 0.0;
  for (var k = starts[id]; k < starts[id + 1u]; k++) { sum += dy[u32(places[k]) * uniforms.width + column]; }
  out[i] = sum;
}`,
};
