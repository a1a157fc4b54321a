/** Squared errors of the cosines of pairs of vectors; a workgroup per pair. The formulas stand in ops/cosine-loss.ts. */
import type { Kernel } from '../device/gpu';
import { ROW_MAIN, ROW_TOTAL } from './rows';

/** Rows 2·pair and 2·pair + 1: their norms, at least EPSILON, and their cosine. */
const COMPARE = `${ROW_TOTAL}
const EPSILON = 1e-8;

fn compare(pair: u32, local: u32) -> vec3<f32> {
  var own = vec2(0.0);
  var dot = vec2(0.0);
  for (var column = local; column < uniforms.width; column += 64u) {
    let a = pooled[2u * pair * uniforms.width + column];
    let b = pooled[(2u * pair + 1u) * uniforms.width + column];
    own += vec2(a * a, b * b);
    dot.x += a * b;
  }
  let norms = max(sqrt(rowTotal(local, own)), vec2(EPSILON));
  return vec3(norms, rowTotal(local, dot).x / norms.x / norms.y);
}`;

/** pooled: [2·pairs, width], targets: [pairs] → (cos − target)²: [pairs] */
export const COSINE_ERRORS: Kernel = {
  name: 'cosine-errors',
  inputs: ['pooled: array<f32>', 'targets: array<f32>'],
  outputs: ['out: array<f32>'],
  uniforms: ['pairs: u32', 'width: u32'],
  code: `${COMPARE}
${ROW_MAIN} {
  let pair = flatGroup(groupId, groups);
  if (pair >= uniforms.pairs) { return; }
  let error = compare(pair, local).z - targets[pair];
  if (local == 0u) { out[pair] = error * error; }
}`,
};

/** The gradient of `pooled`; `factor` is 2 over what the sum of squares was divided by. */
export const COSINE_BACKWARD: Kernel = {
  name: 'cosine-backward',
  inputs: ['pooled: array<f32>', 'targets: array<f32>', 'dy: array<f32>'],
  outputs: ['out: array<f32>'],
  uniforms: ['pairs: u32', 'width: u32', 'factor: f32'],
  code: `${COMPARE}
${ROW_MAIN} {
  let pair = flatGroup(groupId, groups);
  if (pair >= uniforms.pairs) { return; }
  let compared = compare(pair, local);
  let norms = compared.xy;
  let cosine = compared.z;
  let slope = dy[0] * uniforms.factor * (cosine - targets[pair]);
  for (var column = local; column < uniforms.width; column += 64u) {
    let at = (2u * pair + vec2(0u, 1u)) * uniforms.width + column;
    let units = vec2(pooled[at.x], pooled[at.y]) / norms;
    let steps = slope * (units.yx - cosine * units) / norms;
    out[at.x] = steps.x;
    out[at.y] = steps.y;
  }
}`,
};
