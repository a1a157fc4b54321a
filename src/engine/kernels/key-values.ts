/** Keys and values of a text's first tokens are kept; token-attention.ts keeps and reads those of single ones. */
import type { Kernel } from '../device/gpu';

/** Numbers of a workgroup. */
export const REMEMBER_GROUP = 64;

/** qkv [batch·tokens, query | key | value] → keys, values [batch, keyValueHeads, capacity, headSize] */
export const REMEMBER: Kernel = {
  name: 'remember keys and values',
  inputs: ['qkv: array<f32>'],
  outputs: ['keys: array<f32>', 'values: array<f32>'],
  uniforms: ['batch: u32', 'heads: u32', 'keyValueHeads: u32', 'headSize: u32', 'capacity: u32', 'tokens: u32'],
  code: `
@compute @workgroup_size(${REMEMBER_GROUP})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let i = flatGroup(group, groups) * ${REMEMBER_GROUP}u + local;
  let x = i % uniforms.headSize;
  let head = i / uniforms.headSize % uniforms.keyValueHeads;
  let row = i / uniforms.headSize / uniforms.keyValueHeads;
  if (row >= uniforms.batch * uniforms.tokens) { return; }
  let start = (row * (uniforms.heads + 2u * uniforms.keyValueHeads) + uniforms.heads + head) * uniforms.headSize + x;
  let text = row / uniforms.tokens;
  let to = ((text * uniforms.keyValueHeads + head) * uniforms.capacity + row % uniforms.tokens) * uniforms.headSize + x;
  keys[to] = qkv[start];
  values[to] = qkv[start + uniforms.keyValueHeads * uniforms.headSize];
}`,
};
