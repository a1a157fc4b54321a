/**
 * LayerNorm of rows that are put together on the way in: a sum of two matrices, or rows of tables. The formulas stand
 * in ops/layer-norm.ts. Nothing is kept for the gradient: what was normalised is put together again, which reads less
 * than a kept copy would take to write and read.
 */
import type { Kernel } from '../device/gpu';
import { RANDOM_BITS, ROW_START, ROW_START_UNIFORMS } from './dropout';
import { ROW_MAIN, ROW_TOTAL } from './rows';

/** Where the rows come from. */
export interface NormSource {
  name: string;
  inputs: readonly string[];
  /** `fn source(row: u32, column: u32) -> f32` */
  code: string;
}

/** `branch`: of the source's `a`, which then has a gradient of its own. `result`: of what comes out. */
export type NormDropout = 'none' | 'branch' | 'result';

/** a + b, with the dropout of the branch `a`. */
export const SUM_SOURCE: NormSource = {
  name: 'sum',
  inputs: ['a: array<f32>', 'b: array<f32>'],
  code: `
fn source(row: u32, column: u32) -> f32 {
  let i = row * uniforms.width + column;
  return dropBranch(a[i], column) + b[i];
}`,
};

/** The sum of rows of `count` tables by their ids, [count, rows]. Up to 3, so that 8 buffers are enough. */
export function tableSource(count: number): NormSource {
  const tables = Array.from({ length: count }, (_, i) => i);
  const looked = tables.map((i) => `table${i}[u32(ids[${i}u * uniforms.rows + row]) * uniforms.width + column]`);
  return {
    name: `tables ${count}`,
    inputs: ['ids: array<i32>', ...tables.map((i) => `table${i}: array<f32>`)],
    code: `
fn source(row: u32, column: u32) -> f32 {
  return ${looked.join(' + ')};
}`,
  };
}

const UNIFORMS = [
  ...['rows: u32', 'width: u32', 'epsilon: f32'],
  ...['seed: u32', 'threshold: u32', 'scale: f32', ...ROW_START_UNIFORMS],
];

/**
 * Declares what both ways need: `normalise` leaves z in the row of `out`, where each thread finds its own columns
 * again, and gives mean and 1/σ. From then on dropout is that of this row.
 */
function shared({ code }: NormSource, dropout: NormDropout, out: string): string {
  const bits = 'randomBits(maskSeed, maskStart + column)';
  const drop = (name: string, when: NormDropout) => `
fn ${name}(x: f32, column: u32) -> f32 {
  return ${dropout === when ? `select(x * uniforms.scale, 0.0, ${bits} < uniforms.threshold)` : 'x'};
}`;
  return `${RANDOM_BITS}${ROW_START}
var<private> maskStart: u32;
var<private> maskSeed: u32;
${ROW_TOTAL}${drop('dropBranch', 'branch')}${drop('dropResult', 'result')}${code}
fn normalise(row: u32, local: u32) -> vec2<f32> {
  maskStart = rowStart(row);
  maskSeed = rowSeed(row);
  let start = row * uniforms.width;
  var sum = 0.0;
  for (var column = local; column < uniforms.width; column += 64u) {
    let z = source(row, column);
    ${out}[start + column] = z;
    sum += z;
  }
  let mean = rowTotal(local, vec2(sum, 0.0)).x / f32(uniforms.width);
  // What is left over corrects the rounding of the mean, and of the variance (Chan, Golub & LeVeque 1983).
  var rest = vec2(0.0);
  for (var column = local; column < uniforms.width; column += 64u) {
    let d = ${out}[start + column] - mean;
    rest += vec2(d, d * d);
  }
  rest = rowTotal(local, rest) / f32(uniforms.width);
  // A variance of nothing must not be rounded to less than −ε: divisions may be off by 2.5 units in the last place.
  return vec2(mean + rest.x, 1.0 / sqrt(max(rest.y - rest.x * rest.x, 0.0) + uniforms.epsilon));
}`;
}

/** out = γ·x̂ + β; a workgroup per row. */
export function layerNormForward(source: NormSource, dropout: NormDropout): Kernel {
  return {
    name: `layer-norm ${source.name} ${dropout}`,
    inputs: [...source.inputs, 'gamma: array<f32>', 'beta: array<f32>'],
    outputs: ['out: array<f32>'],
    uniforms: UNIFORMS,
    code: `${shared(source, dropout, 'out')}
${ROW_MAIN} {
  let row = flatGroup(groupId, groups);
  if (row >= uniforms.rows) { return; }
  let moments = normalise(row, local);
  for (var column = local; column < uniforms.width; column += 64u) {
    let i = row * uniforms.width + column;
    let hat = (out[i] - moments.x) * moments.y;
    out[i] = dropResult(hat * gamma[column] + beta[column], column);
  }
}`,
  };
}

/**
 * dz of every row, and sums of dγ | dβ over the rows of a workgroup: parts [workgroups, 2·width], where `affine` says that
 * these are wanted. With dropout of the branch also its gradient, da. Each thread adds to columns of its own.
 */
export function layerNormBackward(source: NormSource, dropout: NormDropout, affine: boolean): Kernel {
  const branch = dropout === 'branch';
  const whereAffine = (code: string): string => (affine ? code : '');
  return {
    name: `layer-norm-backward ${source.name} ${dropout}${affine ? '' : ', γ and β frozen'}`,
    inputs: [...source.inputs, 'gamma: array<f32>', 'dy: array<f32>'],
    outputs: ['dz: array<f32>', ...(affine ? ['parts: array<f32>'] : []), ...(branch ? ['da: array<f32>'] : [])],
    uniforms: [...UNIFORMS, 'rowsPerGroup: u32'],
    code: `${shared(source, dropout, 'dz')}
${ROW_MAIN} {
  let first = groupId.x * uniforms.rowsPerGroup;
  let end = min(first + uniforms.rowsPerGroup, uniforms.rows);
  ${whereAffine(`let ofGamma = groupId.x * 2u * uniforms.width;
  let ofBeta = ofGamma + uniforms.width;
  for (var column = local; column < uniforms.width; column += 64u) {
    parts[ofGamma + column] = 0.0;
    parts[ofBeta + column] = 0.0;
  }`)}
  for (var row = first; row < end; row++) {
    let moments = normalise(row, local);
    var sums = vec2(0.0);
    for (var column = local; column < uniforms.width; column += 64u) {
      let i = row * uniforms.width + column;
      let hat = (dz[i] - moments.x) * moments.y;
      let d = dropResult(dy[i], column);
      let g = d * gamma[column];
      ${whereAffine('parts[ofGamma + column] += d * hat; parts[ofBeta + column] += d;')}
      sums += vec2(g, g * hat);
    }
    let means = rowTotal(local, sums) / f32(uniforms.width);
    for (var column = local; column < uniforms.width; column += 64u) {
      let i = row * uniforms.width + column;
      let hat = (dz[i] - moments.x) * moments.y;
      let g = dropResult(dy[i], column) * gamma[column];
      let d = moments.y * (g - means.x - hat * means.y);
      dz[i] = d;
      ${branch ? 'da[i] = dropBranch(d, column);' : ''}
    }
  }
}`,
  };
}
