/** A matrix of blocks to one of float32, as the engine's products have theirs: [inputs, outputs]. */
import type { Kernel } from '../device/gpu';
import { type BlockTypeId, squareOfBlocks } from './packed-blocks';

/** Threads of a workgroup, each for a square of 4×4 values. */
export const UNPACK_GROUP = 64;

/** packed: [outputs, inputs] in blocks; out: [inputs, outputs] */
export function unpack(type: BlockTypeId): Kernel {
  return {
    name: `unpack ${type}`,
    inputs: ['packed: array<vec4<u32>>'],
    outputs: ['out: array<vec4<f32>>'],
    uniforms: ['inputs: u32', 'outputs: u32'],
    code: `
${squareOfBlocks('readSquare', type, { read: (i) => `packed[${i}]`, lines: 'uniforms.outputs', width: 'uniforms.inputs' })}
@compute @workgroup_size(${UNPACK_GROUP})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let square = flatGroup(group, groups) * ${UNPACK_GROUP}u + local;
  let across = uniforms.outputs / 4u;
  let at = square / across * 4u;
  if (at >= uniforms.inputs) { return; }
  let turned = transpose(readSquare(square % across * 4u, at));
${[0, 1, 2, 3].map((j) => `  out[(at + ${j}u) * across + square % across] = turned[${j}];`).join('\n')}
}`,
  };
}
