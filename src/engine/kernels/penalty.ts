/** loss + l1·Σ|w| + l2·Σw², and its slope in w. */
import type { Kernel } from '../device/gpu';
import { GROUP_MAIN, GROUP_TOTAL } from './sum';

/** One workgroup: it is the head's weights that are penalised, a few ten thousand. */
export const PENALTY: Kernel = {
  name: 'penalty',
  inputs: ['loss: array<f32>', 'weight: array<f32>'],
  outputs: ['out: array<f32>'],
  uniforms: ['size: u32', 'l1: f32', 'l2: f32'],
  code: `${GROUP_MAIN}
  for (var i = local; i < uniforms.size; i += 256u) {
    let w = weight[i];
    sum += uniforms.l1 * abs(w) + uniforms.l2 * w * w;
  }
  ${GROUP_TOTAL}
  out[0] = loss[0] + total;
}`,
};

export const PENALTY_BACKWARD: Kernel = {
  name: 'penalty-backward',
  inputs: ['weight: array<f32>', 'dy: array<f32>'],
  outputs: ['out: array<f32>'],
  uniforms: ['size: u32', 'l1: f32', 'l2: f32'],
  code: `
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let i = flatGroup(group, groups) * 64u + local;
  if (i >= uniforms.size) { return; }
  out[i] = dy[0] * (uniforms.l1 * sign(weight[i]) + 2.0 * uniforms.l2 * weight[i]);
}`,
};
