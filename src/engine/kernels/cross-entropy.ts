/** Cross-entropy of softmax(logits), and its gradient. The formulas stand in ops/cross-entropy.ts. */
import type { Kernel } from '../device/gpu';
import { ROW_MAIN, ROW_TOTAL } from './rows';

/**
 * logits: [rows, classes] → losses[row] = weight·(log Σ exp − logit of the label), and the row's largest
 * logit and log Σ exp(logit − largest) for the gradient. A workgroup per row.
 */
export const CROSS_ENTROPY: Kernel = {
  name: 'cross-entropy',
  inputs: ['logits: array<f32>', 'labels: array<i32>', 'weights: array<f32>'],
  outputs: ['losses: array<f32>', 'logSums: array<vec2<f32>>'],
  uniforms: ['rows: u32', 'classes: u32'],
  code: `${ROW_TOTAL}
var<workgroup> largest: array<f32, 64>;

${ROW_MAIN} {
  let row = flatGroup(groupId, groups);
  if (row >= uniforms.rows) { return; }
  let start = row * uniforms.classes;
  var most = logits[start];
  for (var i = local; i < uniforms.classes; i += 64u) { most = max(most, logits[start + i]); }
  largest[local] = most;
  workgroupBarrier();
  for (var i = 0u; i < 64u; i++) { most = max(most, largest[i]); }
  var sum = 0.0;
  for (var i = local; i < uniforms.classes; i += 64u) { sum += exp(logits[start + i] - most); }
  let logSum = log(rowTotal(local, vec2(sum, 0.0)).x);
  if (local > 0u) { return; }
  logSums[row] = vec2(most, logSum);
  losses[row] = weights[row] * (logSum - (logits[start + u32(labels[row])] - most));
}`,
};

/** dlogits = dy·weight·(softmax − [label]); a thread per element. */
export const CROSS_ENTROPY_BACKWARD: Kernel = {
  name: 'cross-entropy-backward',
  inputs: [
    'logits: array<f32>',
    'labels: array<i32>',
    'weights: array<f32>',
    'logSums: array<vec2<f32>>',
    'dy: array<f32>',
  ],
  outputs: ['out: array<f32>'],
  uniforms: ['rows: u32', 'classes: u32'],
  code: `
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let i = flatGroup(group, groups) * 64u + local;
  if (i >= uniforms.rows * uniforms.classes) { return; }
  let row = i / uniforms.classes;
  let p = exp(logits[i] - logSums[row].x - logSums[row].y);
  let expected = select(0.0, 1.0, i % uniforms.classes == u32(labels[row]));
  out[i] = dy[0] * weights[row] * (p - expected);
}`,
};
