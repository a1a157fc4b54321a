/** Masked mean pooling: each row's mean over its own tokens, and the way back. */
import type { Kernel } from '../device/gpu';

const ELEMENT = `
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let i = flatGroup(group, groups) * 64u + local;
  if (i >= uniforms.size) { return; }
  let column = i % uniforms.width;`;

/** [batch·tokens, width] → [batch, width]; a thread per element of the result. */
export const MEAN_POOL: Kernel = {
  name: 'mean-pool',
  inputs: ['hidden: array<f32>', 'lengths: array<i32>'],
  outputs: ['out: array<f32>'],
  uniforms: ['size: u32', 'tokens: u32', 'width: u32'],
  code: `${ELEMENT}
  let row = i / uniforms.width;
  let length = u32(lengths[row]);
  var sum = 0.0;
  for (var token = 0u; token < length; token++) {
    sum += hidden[(row * uniforms.tokens + token) * uniforms.width + column];
  }
  out[i] = sum / f32(length);
}`,
};

/** [batch, width] → [batch·tokens, width]: a row's share to each of its tokens, 0 to padding. */
export const MEAN_POOL_BACKWARD: Kernel = {
  name: 'mean-pool-backward',
  inputs: ['dy: array<f32>', 'lengths: array<i32>'],
  outputs: ['out: array<f32>'],
  uniforms: ['size: u32', 'tokens: u32', 'width: u32'],
  code: `${ELEMENT}
  let place = i / uniforms.width;
  let row = place / uniforms.tokens;
  let length = u32(lengths[row]);
  let own = place % uniforms.tokens < length;
  out[i] = select(0.0, dy[row * uniforms.width + column] / f32(length), own);
}`,
};
