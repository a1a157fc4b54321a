/** RMSNorm of x, or of x + residual; a workgroup per row. The formulas stand in ops/rms-norm.ts. */
import type { Kernel } from '../device/gpu';
import { ROW_MAIN, ROW_TOTAL } from './rows';

function inputs(residual: boolean): string[] {
  return ['x: array<f32>', ...(residual ? ['residual: array<f32>'] : [])];
}

/**
 * Declares what both ways need: `scaleOf` leaves z in the row of `out`, where each thread finds its own columns again,
 * and gives 1/√(mean z² + ε).
 */
function shared(residual: boolean, out: string): string {
  return `${ROW_TOTAL}
fn scaleOf(row: u32, local: u32) -> f32 {
  var squares = 0.0;
  for (var column = local; column < uniforms.width; column += 64u) {
    let i = row * uniforms.width + column;
    let z = ${residual ? 'x[i] + residual[i]' : 'x[i]'};
    ${out}[i] = z;
    squares += z * z;
  }
  return 1.0 / sqrt(rowTotal(local, vec2(squares, 0.0)).x / f32(uniforms.width) + uniforms.epsilon);
}`;
}

/** out = γ·x̂ */
export function rmsNormForward(residual: boolean): Kernel {
  return {
    name: `rms-norm ${residual}`,
    inputs: [...inputs(residual), 'gamma: array<f32>'],
    outputs: ['out: array<f32>'],
    uniforms: ['rows: u32', 'width: u32', 'epsilon: f32'],
    code: `${shared(residual, 'out')}
${ROW_MAIN} {
  let row = flatGroup(groupId, groups);
  if (row >= uniforms.rows) { return; }
  let scale = scaleOf(row, local);
  for (var column = local; column < uniforms.width; column += 64u) {
    let i = row * uniforms.width + column;
    out[i] = out[i] * scale * gamma[column];
  }
}`,
  };
}

/**
 * dz of every row, and where γ is trained, sums of dγ over the rows of a workgroup: parts [workgroups, width]. Each
 * thread adds to columns of its own.
 */
export function rmsNormBackward(residual: boolean, gamma: boolean): Kernel {
  const whereTrained = (code: string): string => (gamma ? code : '');
  return {
    name: `rms-norm-backward ${residual}${gamma ? '' : ', γ frozen'}`,
    inputs: [...inputs(residual), 'gamma: array<f32>', 'dy: array<f32>'],
    outputs: ['dz: array<f32>', ...(gamma ? ['parts: array<f32>'] : [])],
    uniforms: ['rows: u32', 'width: u32', 'epsilon: f32', 'rowsPerGroup: u32'],
    code: `${shared(residual, 'dz')}
${ROW_MAIN} {
  let first = groupId.x * uniforms.rowsPerGroup;
  let end = min(first + uniforms.rowsPerGroup, uniforms.rows);
  ${whereTrained(`let ofGamma = groupId.x * uniforms.width;
  for (var column = local; column < uniforms.width; column += 64u) { parts[ofGamma + column] = 0.0; }`)}
  for (var row = first; row < end; row++) {
    let scale = scaleOf(row, local);
    var along = 0.0;
    for (var column = local; column < uniforms.width; column += 64u) {
      let i = row * uniforms.width + column;
      let hat = dz[i] * scale;
      ${whereTrained('parts[ofGamma + column] += dy[i] * hat;')}
      along += dy[i] * gamma[column] * hat;
    }
    let mean = rowTotal(local, vec2(along, 0.0)).x / f32(uniforms.width);
    for (var column = local; column < uniforms.width; column += 64u) {
      let i = row * uniforms.width + column;
      dz[i] = scale * (dy[i] * gamma[column] - dz[i] * scale * mean);
    }
  }
}`,
  };
}
