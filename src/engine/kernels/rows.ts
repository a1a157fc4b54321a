/**
 * What kernels share that give each row of a matrix to one workgroup of 64 threads: thread t takes the columns t, t + 64, …
 * and sums over all of them are in a fixed order.
 */

/**
 * `rowTotal(local, value)`: the sum over all threads, given to each of them; `vec2`, because two sums cost as much as
 * one. Eight times eight numbers: two barriers, where halving would need seven. To be called by the whole workgroup.
 */
export const ROW_TOTAL = `
var<workgroup> ofThreads: array<vec2<f32>, 64>;
var<workgroup> ofEights: array<vec2<f32>, 8>;

fn rowTotal(local: u32, value: vec2<f32>) -> vec2<f32> {
  ofThreads[local] = value;
  workgroupBarrier();
  if (local < 8u) {
    var sum = ofThreads[8u * local];
    for (var i = 1u; i < 8u; i++) { sum += ofThreads[8u * local + i]; }
    ofEights[local] = sum;
  }
  workgroupBarrier();
  var sum = ofEights[0];
  for (var i = 1u; i < 8u; i++) { sum += ofEights[i]; }
  return sum;
}`;

/** Parameters of `main` in these kernels. */
export const ROW_MAIN = `@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) groupId: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32)`;
