/**
 * silu(gate)·up and its gradients, four values a thread. Reads past the end up to a multiple of four, which buffers allow.
 * The formulas stand in ops/swi-glu.ts.
 */
import type { Kernel } from '../device/gpu';
import { ACTIVATIONS } from './activation';

/** Elements of a workgroup. */
export const SWI_GLU_GROUP = 256;

const OPENING = `${ACTIVATIONS.silu}
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let i = flatGroup(group, groups) * 64u + local;
  if (4u * i >= uniforms.size) { return; }`;

/** out = silu(gate)·up */
export const SWI_GLU: Kernel = {
  name: 'swi-glu',
  inputs: ['gate: array<vec4<f32>>', 'up: array<vec4<f32>>'],
  outputs: ['out: array<vec4<f32>>'],
  uniforms: ['size: u32'],
  code: `${OPENING}
  out[i] = activate(gate[i]) * up[i];
}`,
};

/** dGate = dy·up·silu′(gate), dUp = dy·silu(gate) */
export const SWI_GLU_BACKWARD: Kernel = {
  name: 'swi-glu backward',
  inputs: ['dy: array<vec4<f32>>', 'gate: array<vec4<f32>>', 'up: array<vec4<f32>>'],
  outputs: ['dGate: array<vec4<f32>>', 'dUp: array<vec4<f32>>'],
  uniforms: ['size: u32'],
  code: `${OPENING}
  dGate[i] = dy[i] * up[i] * slope(gate[i]);
  dUp[i] = dy[i] * activate(gate[i]);
}`,
};
