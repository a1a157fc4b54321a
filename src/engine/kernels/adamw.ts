/** One AdamW update (optim/adamw.ts) of several parameters, each with both of its moments, in place. */
import type { Kernel } from '../device/gpu';

/** Parameters in one dispatch: four buffers each, and a shader may have eight. */
export const ADAMW_PARAMETERS = 2;
/** Elements that one workgroup updates. */
export const ADAMW_GROUP = 1024;

const THREADS = 256;

/** Outputs w, m, v of each parameter, then inputs: its gradient. */
export function adamw(parameters: number): Kernel {
  const each = Array.from({ length: parameters }, (_, i) => i);
  return {
    name: `adamw-${parameters}`,
    inputs: each.map((i) => `g${i}: array<f32>`),
    outputs: each.flatMap((i) => ['w', 'm', 'v'].map((buffer) => `${buffer}${i}: array<f32>`)),
    uniforms: [
      ...['scale', 'beta1', 'gain1', 'beta2', 'gain2', 'root', 'epsilon'].map((factor) => `${factor}: f32`),
      ...each.flatMap((i) => [`size${i}: u32`, `rate${i}: f32`, `decay${i}: f32`]),
    ],
    code: `
${each.map(update).join('')}
@compute @workgroup_size(${THREADS})
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) ids: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  var group = flatGroup(id, ids);
  ${each.map(dispatch).join('')}
}`,
  };
}

/** Decay is taken off as w·(lr·λ): 1 − lr·λ would lose most digits of it in float32. */
function update(i: number): string {
  return `
fn update${i}(group: u32, local: u32) {
  for (var part = 0u; part < ${ADAMW_GROUP / THREADS}u; part++) {
    let i = group * ${ADAMW_GROUP}u + part * ${THREADS}u + local;
    if (i >= uniforms.size${i}) { return; }
    let slope = g${i}[i] * uniforms.scale;
    let first = uniforms.beta1 * m${i}[i] + uniforms.gain1 * slope;
    let second = uniforms.beta2 * v${i}[i] + uniforms.gain2 * slope * slope;
    m${i}[i] = first;
    v${i}[i] = second;
    let change = uniforms.rate${i} * first / (sqrt(second) * uniforms.root + uniforms.epsilon);
    w${i}[i] -= w${i}[i] * uniforms.decay${i} + change;
  }
}`;
}

/** Groups are numbered through: those of the first parameter, then those of the next. */
function dispatch(i: number): string {
  return `
  let groups${i} = (uniforms.size${i} + ${ADAMW_GROUP - 1}u) / ${ADAMW_GROUP}u;
  if (group < groups${i}) { update${i}(group, local); return; }
  group -= groups${i};`;
}
