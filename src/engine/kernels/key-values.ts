/** Keys and values that are kept, and attention of a new token to them; see ops/key-values.ts. */
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

const THREADS = 64;

/**
 * A workgroup for each text and head: the new token's key and value are kept, by the first head of those that share them,
 * and read from where they came. A thread has a key at a time, then a number of the head; the sums have one order.
 */
export function attendPastKernel(headSize: number): Kernel {
  const parts = Math.ceil(headSize / THREADS);
  const each = (line: (part: number) => string): string =>
    Array.from({ length: parts }, (_, i) => line(i)).join('\n  ');
  return {
    name: `attend to the past ${headSize}`,
    inputs: ['qkv: array<f32>', 'positions: array<i32>'],
    outputs: ['keys: array<f32>', 'values: array<f32>', 'out: array<f32>'],
    uniforms: ['heads: u32', 'keyValueHeads: u32', 'capacity: u32', 'scale: f32'],
    code: `
const SIZE = ${headSize}u;
var<workgroup> query: array<f32, ${headSize}>;
var<workgroup> weights: array<f32, ${THREADS}>;
var<workgroup> ofThreads: array<f32, ${THREADS}>;
@compute @workgroup_size(${THREADS})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let pair = flatGroup(group, groups);
  let text = pair / uniforms.heads;
  let head = pair % uniforms.heads;
  let sharing = uniforms.heads / uniforms.keyValueHeads;
  let keyHead = head / sharing;
  if (text >= arrayLength(&positions)) { return; }
  let position = u32(positions[text]);
  if (position >= uniforms.capacity) { return; }
  let row = text * (uniforms.heads + 2u * uniforms.keyValueHeads);
  let newKey = (row + uniforms.heads + keyHead) * SIZE;
  let newValue = newKey + uniforms.keyValueHeads * SIZE;
  let past = (text * uniforms.keyValueHeads + keyHead) * uniforms.capacity * SIZE;
  for (var i = local; i < SIZE; i += ${THREADS}u) {
    query[i] = uniforms.scale * qkv[(row + head) * SIZE + i];
    if (head % sharing == 0u) {
      keys[past + position * SIZE + i] = qkv[newKey + i];
      values[past + position * SIZE + i] = qkv[newValue + i];
    }
  }
  workgroupBarrier();
  var most = -1e30;
  var total = 0.0;
  ${each((part) => `var sum${part} = 0.0;`)}
  for (var first = 0u; first <= position; first += ${THREADS}u) {
    let token = first + local;
    var score = -1e30;
    if (token < position) {
      score = 0.0;
      for (var i = 0u; i < SIZE; i++) { score += query[i] * keys[past + token * SIZE + i]; }
    } else if (token == position) {
      score = 0.0;
      for (var i = 0u; i < SIZE; i++) { score += query[i] * qkv[newKey + i]; }
    }
    ofThreads[local] = score;
    workgroupBarrier();
    var above = most;
    for (var i = 0u; i < ${THREADS}u; i++) { above = max(above, ofThreads[i]); }
    weights[local] = select(0.0, exp(score - above), token <= position);
    let shrink = exp(most - above);
    most = above;
    workgroupBarrier();
    total *= shrink;
    ${each((part) => `sum${part} *= shrink;`)}
    for (var i = 0u; i < min(${THREADS}u, position + 1u - first); i++) {
      let weight = weights[i];
      total += weight;
      let at = past + (first + i) * SIZE + local;
      let isNew = first + i == position;
      ${each(
        (part) => `if (local + ${part * THREADS}u < SIZE) {
        if (isNew) { sum${part} += weight * qkv[newValue + local + ${part * THREADS}u]; }
        else { sum${part} += weight * values[at + ${part * THREADS}u]; }
      }`,
      )}
    }
    workgroupBarrier();
  }
  ${each(
    (part) => `if (local + ${part * THREADS}u < SIZE) {
    out[pair * SIZE + local + ${part * THREADS}u] = sum${part} / total;
  }`,
  )}
}`,
  };
}
