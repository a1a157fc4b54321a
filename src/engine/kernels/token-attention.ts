/**
 * Attention of one new token a text to what was kept of those before it, with what comes before that in a layer: the heads
 * of query and key are normalised where the model does, turned by their position, and key and value are kept.
 *
 * A workgroup for each text and head. Heads that share a key each make it anew; the first of them keeps it. A thread has a
 * key at a time, then a number of the head; the sums have one order.
 */
import type { Kernel } from '../device/gpu';

const THREADS = 64;

/**
 * Inputs qkv [batch, query | key | value] as the products left them, positions [batch], table [batch, cosines | sines] and,
 * with `norm`, gammas [2, headSize] of query and key; keys and values [batch, keyValueHeads, capacity, headSize] are
 * written at the positions, and out [batch, heads·headSize].
 */
export function tokenAttention(headSize: number, norm: boolean): Kernel {
  const parts = Math.ceil(headSize / THREADS);
  const half = headSize / 2;
  const each = (line: (part: number) => string): string =>
    Array.from({ length: parts }, (_, i) => line(i)).join('\n  ');
  const normed = (value: string, i: string, gamma: number): string =>
    norm ? `${value} * scaleOf${gamma} * gammas[${gamma * headSize}u + ${i}]` : value;
  const turned = (from: string, gamma: number): string => `{
      let a = ${normed(`qkv[${from} + i]`, 'i', gamma)};
      let b = ${normed(`qkv[${from} + i + ${half}u]`, `i + ${half}u`, gamma)};
      first = a * cos - b * sin;
      second = b * cos + a * sin;
    }`;
  const scaleOf = (from: string, gamma: number): string =>
    norm
      ? `var squares${gamma} = 0.0;
  for (var i = 0u; i < SIZE; i++) { squares${gamma} += qkv[${from} + i] * qkv[${from} + i]; }
  let scaleOf${gamma} = 1.0 / sqrt(squares${gamma} / f32(SIZE) + uniforms.epsilon);`
      : '';
  return {
    name: `token attention ${headSize} ${norm}`,
    inputs: [
      ...['qkv: array<f32>', 'positions: array<i32>', 'table: array<f32>'],
      ...(norm ? ['gammas: array<f32>'] : []),
    ],
    outputs: ['keys: array<f32>', 'values: array<f32>', 'out: array<f32>'],
    uniforms: ['heads: u32', 'keyValueHeads: u32', 'capacity: u32', 'scale: f32', 'epsilon: f32'],
    code: `
const SIZE = ${headSize}u;
var<workgroup> query: array<f32, ${headSize}>;
var<workgroup> key: array<f32, ${headSize}>;
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
  let newQuery = (row + head) * SIZE;
  let newKey = (row + uniforms.heads + keyHead) * SIZE;
  let newValue = newKey + uniforms.keyValueHeads * SIZE;
  let past = (text * uniforms.keyValueHeads + keyHead) * uniforms.capacity * SIZE;
  ${scaleOf('newQuery', 0)}
  ${scaleOf('newKey', 1)}
  for (var i = local; i < ${half}u; i += ${THREADS}u) {
    let cos = table[text * SIZE + i];
    let sin = table[text * SIZE + ${half}u + i];
    var first = 0.0;
    var second = 0.0;
    ${turned('newQuery', 0)}
    query[i] = uniforms.scale * first;
    query[i + ${half}u] = uniforms.scale * second;
    ${turned('newKey', 1)}
    key[i] = first;
    key[i + ${half}u] = second;
    if (head % sharing == 0u) {
      keys[past + position * SIZE + i] = first;
      keys[past + position * SIZE + i + ${half}u] = second;
    }
  }
  if (head % sharing == 0u) {
    for (var i = local; i < SIZE; i += ${THREADS}u) { values[past + position * SIZE + i] = qkv[newValue + i]; }
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
      for (var i = 0u; i < SIZE; i++) { score += query[i] * key[i]; }
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
