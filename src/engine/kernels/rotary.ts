/** Heads turned by their positions and laid side by side, and back; a thread for each pair of numbers. See ops/rotary.ts. */
import type { Kernel } from '../device/gpu';

/** Pairs of numbers to a workgroup. */
export const ROTARY_GROUP = 64;

const UNIFORMS = ['rows: u32', 'heads: u32', 'keyValueHeads: u32', 'headSize: u32', 'positions: u32'];

/** `row`, `head` among all, `x` of a pair and the turn's `cos` and `sin`; value's heads are not turned. */
const OPENING = `
@compute @workgroup_size(${ROTARY_GROUP})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let number = flatGroup(group, groups) * ${ROTARY_GROUP}u + local;
  let half = uniforms.headSize / 2u;
  let slots = uniforms.heads + 2u * uniforms.keyValueHeads;
  let x = number % half;
  let head = number / half % slots;
  let row = number / half / slots;
  if (row >= uniforms.rows) { return; }
  let packed = (row * slots + head) * uniforms.headSize + x;
  let angle = row % uniforms.positions * uniforms.headSize + x;
  let toTurn = head < uniforms.heads + uniforms.keyValueHeads;
  let cos = select(1.0, table[angle], toTurn);
  let sin = select(0.0, table[angle + half], toTurn);
  let own = (row * uniforms.heads + head) * uniforms.headSize + x;
  let ofKey = (row * uniforms.keyValueHeads + head - uniforms.heads) * uniforms.headSize + x;
  let ofValue = ofKey - uniforms.keyValueHeads * uniforms.headSize;`;

/** query, key, value, table → out [rows, query | key | value] */
export const ROTARY_FORWARD: Kernel = {
  name: 'rotary',
  inputs: ['query: array<f32>', 'key: array<f32>', 'value: array<f32>', 'table: array<f32>'],
  outputs: ['out: array<f32>'],
  uniforms: UNIFORMS,
  code: `${OPENING}
  var a = 0.0;
  var b = 0.0;
  if (head < uniforms.heads) {
    a = query[own];
    b = query[own + half];
  } else if (toTurn) {
    a = key[ofKey];
    b = key[ofKey + half];
  } else {
    a = value[ofValue];
    b = value[ofValue + half];
  }
  out[packed] = a * cos - b * sin;
  out[packed + half] = b * cos + a * sin;
}`,
};

/** The way back: dOut, table → dQuery, dKey, dValue */
export const ROTARY_BACKWARD: Kernel = {
  name: 'rotary back',
  inputs: ['dOut: array<f32>', 'table: array<f32>'],
  outputs: ['dQuery: array<f32>', 'dKey: array<f32>', 'dValue: array<f32>'],
  uniforms: UNIFORMS,
  code: `${OPENING}
  let a = dOut[packed] * cos + dOut[packed + half] * sin;
  let b = dOut[packed + half] * cos - dOut[packed] * sin;
  if (head < uniforms.heads) {
    dQuery[own] = a;
    dQuery[own + half] = b;
  } else if (toTurn) {
    dKey[ofKey] = a;
    dKey[ofKey + half] = b;
  } else {
    dValue[ofValue] = a;
    dValue[ofValue + half] = b;
  }
}`,
};
