/**
 * The products of a linear layer with few outputs, such as a classifier's head: a thread per value, sums in order.
 * Tiles would be mostly empty there, and their programs take far longer to compile.
 */
import type { Kernel } from '../device/gpu';

/** Threads of a workgroup, each for one value. */
export const NARROW_GROUP = 64;

const THREAD = `
@compute @workgroup_size(${NARROW_GROUP})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let i = flatGroup(group, groups) * ${NARROW_GROUP}u + local;`;

/** out = x·W + b, or x·W; x: [rows, inputs], weight: [inputs, outputs] */
export function narrowLinear(bias: boolean): Kernel {
  return {
    name: `narrow linear${bias ? '' : ' without bias'}`,
    inputs: ['x: array<f32>', 'weight: array<f32>', ...(bias ? ['bias: array<f32>'] : [])],
    outputs: ['out: array<f32>'],
    uniforms: ['rows: u32', 'inputs: u32', 'outputs: u32'],
    code: `${THREAD}
  if (i >= uniforms.rows * uniforms.outputs) { return; }
  let column = i % uniforms.outputs;
  let start = i / uniforms.outputs * uniforms.inputs;
  var sum = 0.0;
  for (var k = 0u; k < uniforms.inputs; k++) { sum += x[start + k] * weight[k * uniforms.outputs + column]; }
  out[i] = ${bias ? 'sum + bias[column]' : 'sum'};
}`,
  };
}

/** dx = dy·Wᵀ */
export const NARROW_INPUT_GRADIENT: Kernel = {
  name: 'narrow linear, gradient of the input',
  inputs: ['dy: array<f32>', 'weight: array<f32>'],
  outputs: ['dx: array<f32>'],
  uniforms: ['rows: u32', 'inputs: u32', 'outputs: u32'],
  code: `${THREAD}
  if (i >= uniforms.rows * uniforms.inputs) { return; }
  let row = i / uniforms.inputs * uniforms.outputs;
  let line = i % uniforms.inputs * uniforms.outputs;
  var sum = 0.0;
  for (var k = 0u; k < uniforms.outputs; k++) { sum += dy[row + k] * weight[line + k]; }
  dx[i] = sum;
}`,
};

/** dWeight = factor·xᵀ·dy, and dBias = the sums of dy's columns by the threads after those. */
export const NARROW_GRADIENTS: Kernel = {
  name: 'narrow linear, gradients',
  inputs: ['x: array<f32>', 'dy: array<f32>'],
  outputs: ['dWeight: array<f32>', 'dBias: array<f32>'],
  uniforms: ['rows: u32', 'inputs: u32', 'outputs: u32', 'factor: f32'],
  code: `${THREAD}
  let line = i / uniforms.outputs;
  let column = i % uniforms.outputs;
  if (line > uniforms.inputs) { return; }
  let ofBias = line == uniforms.inputs;
  var sum = 0.0;
  for (var row = 0u; row < uniforms.rows; row++) {
    let slope = dy[row * uniforms.outputs + column];
    if (ofBias) { sum += slope; } else { sum += x[row * uniforms.inputs + line] * slope; }
  }
  if (ofBias) { dBias[column] = sum; } else { dWeight[i] = uniforms.factor * sum; }
}`,
};
