/**
 * Products one of whose sides is narrow: a classifier's head, and an adapter's A and B. Tiles would be mostly empty there, and
 * their programs take far longer to compile. What takes time is one long sum after the other, so a workgroup shares out
 * each sum among many threads and adds up what they found in a fixed order.
 */
import type { Kernel } from '../device/gpu';

/** Threads of a workgroup. */
const THREADS = 256;
/** Values of a gradient that a workgroup makes; the rows are shared out among the threads of each. */
export const NARROW_GRADIENT_GROUP = 32;
const ROW_LANES = THREADS / NARROW_GRADIENT_GROUP;
/** Threads of a workgroup where each makes a value by itself. */
export const NARROW_GROUP = 64;

const HEAD = `
@compute @workgroup_size(${THREADS})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) thread: u32) {`;

/**
 * out = x·W + b, or x·W, a workgroup a row; x: [rows, inputs], weight: [inputs, outputs], or [outputs, inputs] where its lines
 * run along the inner dimension. At most 256 outputs.
 */
export function narrowLinear({ bias, linesRun }: { bias: boolean; linesRun: 'across it' | 'along it' }): Kernel {
  const along = linesRun === 'along it';
  // Threads side by side read what lies side by side.
  const [lane, column] = along ? ['thread % lanes', 'thread / lanes'] : ['thread / outputs', 'thread % outputs'];
  const weight = along ? 'column * uniforms.inputs + k' : 'k * outputs + column';
  const sum = along ? 'thread * lanes + i' : 'i * outputs + thread';
  return {
    name: `narrow linear${along ? ' of lines' : ''}${bias ? '' : ' without bias'}`,
    inputs: ['x: array<f32>', 'weight: array<f32>', ...(bias ? ['bias: array<f32>'] : [])],
    outputs: ['out: array<f32>'],
    uniforms: ['rows: u32', 'inputs: u32', 'outputs: u32'],
    code: `
var<workgroup> sums: array<f32, ${THREADS}>;
${HEAD}
  let row = flatGroup(group, groups);
  if (row >= uniforms.rows) { return; }
  let outputs = uniforms.outputs;
  let lanes = ${THREADS}u / outputs;
  let lane = ${lane};
  let column = ${column};
  var sum = 0.0;
  if (lane < lanes && column < outputs) {
    for (var k = lane; k < uniforms.inputs; k += lanes) { sum += x[row * uniforms.inputs + k] * weight[${weight}]; }
  }
  sums[thread] = sum;
  workgroupBarrier();
  if (thread >= outputs) { return; }
  var total = 0.0;
  for (var i = 0u; i < lanes; i++) { total += sums[${sum}]; }
  out[row * outputs + thread] = ${bias ? 'total + bias[thread]' : 'total'};
}`,
  };
}

/** dx = dy·Wᵀ, a thread a value: its sums are short. */
export const NARROW_INPUT_GRADIENT: Kernel = {
  name: 'narrow linear, gradient of the input',
  inputs: ['dy: array<f32>', 'weight: array<f32>'],
  outputs: ['dx: array<f32>'],
  uniforms: ['rows: u32', 'inputs: u32', 'outputs: u32'],
  code: `
@compute @workgroup_size(${NARROW_GROUP})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let i = flatGroup(group, groups) * ${NARROW_GROUP}u + local;
  if (i >= uniforms.rows * uniforms.inputs) { return; }
  let row = i / uniforms.inputs * uniforms.outputs;
  let line = i % uniforms.inputs * uniforms.outputs;
  var sum = 0.0;
  for (var k = 0u; k < uniforms.outputs; k++) { sum += dy[row + k] * weight[line + k]; }
  dx[i] = sum;
}`,
};

/**
 * dWeight = factor·xᵀ·dy: [inputs, outputs], and dBias = the sums of dy's columns by the threads after those. Few outputs.
 */
export const NARROW_GRADIENTS: Kernel = {
  name: 'narrow linear, gradients',
  inputs: ['x: array<f32>', 'dy: array<f32>'],
  outputs: ['dWeight: array<f32>', 'dBias: array<f32>'],
  uniforms: ['rows: u32', 'inputs: u32', 'outputs: u32', 'factor: f32'],
  code: sharedRows({
    values: '(uniforms.inputs + 1u) * uniforms.outputs',
    places: `let line = i / uniforms.outputs;
  let column = i % uniforms.outputs;
  let ofBias = line == uniforms.inputs;`,
    add: `let slope = dy[row * uniforms.outputs + column];
      if (ofBias) { sum += slope; } else { sum += x[row * uniforms.inputs + line] * slope; }`,
    finish: 'if (ofBias) { dBias[column] = total; } else { dWeight[i] = uniforms.factor * total; }',
  }),
};

/** dWeight = factor·xᵀ·dy: [inputs, outputs], for few inputs. */
export const NARROW_INPUTS_GRADIENT: Kernel = {
  name: 'narrow linear, gradient of few inputs',
  inputs: ['x: array<f32>', 'dy: array<f32>'],
  outputs: ['dWeight: array<f32>'],
  uniforms: ['rows: u32', 'inputs: u32', 'outputs: u32', 'factor: f32'],
  code: sharedRows({
    values: 'uniforms.inputs * uniforms.outputs',
    places: `let line = i / uniforms.outputs;
  let column = i % uniforms.outputs;`,
    add: 'sum += x[row * uniforms.inputs + line] * dy[row * uniforms.outputs + column];',
    finish: 'dWeight[i] = uniforms.factor * total;',
  }),
};

/** A sum over the rows for each value, the rows shared out among some threads. */
function sharedRows({ values, places, add, finish }: Record<'values' | 'places' | 'add' | 'finish', string>): string {
  return `
var<workgroup> sums: array<f32, ${THREADS}>;
${HEAD}
  let i = flatGroup(group, groups) * ${NARROW_GRADIENT_GROUP}u + thread % ${NARROW_GRADIENT_GROUP}u;
  ${places}
  var sum = 0.0;
  if (i < ${values}) {
    for (var row = thread / ${NARROW_GRADIENT_GROUP}u; row < uniforms.rows; row += ${ROW_LANES}u) {
      ${add}
    }
  }
  sums[thread] = sum;
  workgroupBarrier();
  if (thread >= ${NARROW_GRADIENT_GROUP}u || i >= ${values}) { return; }
  var total = 0.0;
  for (var lane = 0u; lane < ${ROW_LANES}u; lane++) { total += sums[lane * ${NARROW_GRADIENT_GROUP}u + thread]; }
  ${finish}
}`;
}
