/**
 * GELU in its exact form, x·Φ(x) (Hendrycks & Gimpel 2016), SiLU, x·σ(x), and their derivatives Φ(x) + x·φ(x) and
 * σ(x)·(1 + x·(1 − σ(x))): in WGSL on four values at once, for the ends of products, and as a program of its own.
 */
import type { Kernel } from '../device/gpu';

export type Activation = 'gelu' | 'silu';

/**
 * Both branches of erf are minimax polynomials after N. Juffa (https://stackoverflow.com/a/35148199), within 1e-7 of
 * the truth. Beyond ±4 erf is ±1 in float32: the clamp keeps the powers finite.
 */
const ERF = `
fn erf4(x: vec4<f32>) -> vec4<f32> {
  let t = min(abs(x), vec4<f32>(4.0));
  let s = t * t;
  var far = fma(vec4<f32>(-1.72853470e-5), t, vec4<f32>(3.83197126e-4));
  far = fma(far, s, fma(vec4<f32>(-3.88396438e-3), t, vec4<f32>(2.42546219e-2)));
  far = fma(far, t, vec4<f32>(-1.06777877e-1));
  far = fma(far, t, vec4<f32>(-6.34846687e-1));
  far = fma(far, t, vec4<f32>(-1.28717512e-1));
  far = 1.0 - exp(fma(far, t, -t));
  var near = fma(vec4<f32>(-5.96761703e-4), s, vec4<f32>(4.99119423e-3));
  near = fma(near, s, vec4<f32>(-2.67681349e-2));
  near = fma(near, s, vec4<f32>(1.12819925e-1));
  near = fma(near, s, vec4<f32>(-3.76125336e-1));
  near = fma(near, s, vec4<f32>(1.28379166e-1));
  near = fma(near, t, t);
  return sign(x) * select(near, far, t > vec4<f32>(0.927734375));
}`;

/** `activate(x)` and `slope(x)` on vec4<f32> for other kernels. */
export const ACTIVATIONS: Record<Activation, string> = {
  gelu: `${ERF}
fn normalCdf(x: vec4<f32>) -> vec4<f32> { return fma(erf4(x * ${Math.SQRT1_2}), vec4<f32>(0.5), vec4<f32>(0.5)); }
fn activate(x: vec4<f32>) -> vec4<f32> { return x * normalCdf(x); }
fn slope(x: vec4<f32>) -> vec4<f32> {
  return fma(x, exp(-0.5 * x * x) * ${1 / Math.sqrt(2 * Math.PI)}, normalCdf(x));
}`,
  silu: `
fn logistic(x: vec4<f32>) -> vec4<f32> { return 1.0 / (1.0 + exp(clamp(-x, vec4<f32>(-80.0), vec4<f32>(80.0)))); }
fn activate(x: vec4<f32>) -> vec4<f32> { return x * logistic(x); }
fn slope(x: vec4<f32>) -> vec4<f32> {
  let s = logistic(x);
  return s * fma(x, 1.0 - s, vec4<f32>(1.0));
}`,
};

/** Elements of a workgroup. */
export const ACTIVATION_GROUP = 256;

/** out[i] = dy[i] times the derivative at x[i]. Reads past the end up to a multiple of four, which buffers allow. */
export function activationGradientKernel(activation: Activation): Kernel {
  return {
    name: `activation gradient ${activation}`,
    inputs: ['x: array<vec4<f32>>', 'dy: array<vec4<f32>>'],
    outputs: ['out: array<vec4<f32>>'],
    uniforms: ['size: u32'],
    code: `${ACTIVATIONS[activation]}
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let i = flatGroup(group, groups) * 64u + local;
  if (4u * i >= uniforms.size) { return; }
  out[i] = dy[i] * slope(x[i]);
}`,
  };
}
