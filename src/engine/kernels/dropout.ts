/** Dropout by a counter: the mask is a function of a seed and the element's place in the step (ops/dropout.ts). */
import type { Kernel } from '../device/gpu';

/** `randomBits(seed, position)` for other kernels: the same bits as that of ops/dropout.ts. */
export const RANDOM_BITS = `
fn randomBits(seed: u32, position: u32) -> u32 {
  var x = seed + position * 0x9e3779b9u;
  x = (x ^ (x >> 16u)) * 0x21f0aaadu;
  x = (x ^ (x >> 15u)) * 0x735a2d97u;
  return x ^ (x >> 15u);
}`;

/**
 * Positions are counted as if every text of a step were padded to this many tokens. A longer one is counted in blocks of
 * as many, of which each after the first has a seed of its own. Tiles of attention divide it.
 */
export const COUNTED_TOKENS = 512;

/** Told apart from the seed itself, whose numbers decide what is dropped. */
export const BLOCK_SALT = 0x5bf03635;

/** `blockSeed(seed, block)`: that of ops/dropout.ts; needs RANDOM_BITS. */
const BLOCK_SEED = `
fn blockSeed(seed: u32, block: u32) -> u32 {
  return select(randomBits(seed ^ ${BLOCK_SALT}u, block), seed, block == 0u);
}`;

/** `pairSeed(query, key)`: of the probabilities of a query's block among a key's; needs RANDOM_BITS. */
export const PAIR_SEED = `${BLOCK_SEED}
fn pairSeed(query: u32, key: u32) -> u32 {
  return blockSeed(uniforms.seed, ((query / ${COUNTED_TOKENS}u) << 16u) | (key / ${COUNTED_TOKENS}u));
}`;

/** Fields of `uniforms` read besides `width` and `seed`: the rows to a text, and the step's texts before these. */
export const ROW_START_UNIFORMS = ['tokens: u32', 'firstText: u32'] as const;

/** `rowStart(row)`, `rowSeed(row)`: the position of the first element of a matrix' row, and its seed; needs RANDOM_BITS. */
export const ROW_START = `${BLOCK_SEED}
fn rowStart(row: u32) -> u32 {
  let text = uniforms.firstText + row / uniforms.tokens;
  return (text * ${COUNTED_TOKENS}u + row % uniforms.tokens % ${COUNTED_TOKENS}u) * uniforms.width;
}
fn rowSeed(row: u32) -> u32 { return blockSeed(uniforms.seed, row % uniforms.tokens / ${COUNTED_TOKENS}u); }`;

const element = (write: string): string => `${RANDOM_BITS}${ROW_START}
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let i = flatGroup(group, groups) * 64u + local;
  if (i >= uniforms.size) { return; }
  let row = i / uniforms.width;
  let bits = randomBits(rowSeed(row), rowStart(row) + i % uniforms.width);
  ${write} select(x[i] * uniforms.scale, 0.0, bits < uniforms.threshold);
}`;

const UNIFORMS = ['size: u32', 'width: u32', 'seed: u32', 'threshold: u32', 'scale: f32', ...ROW_START_UNIFORMS];

/** out[i] = x[i]·scale, or 0 where the element's bits are below the threshold; x: [rows, width]. */
export const DROPOUT: Kernel = {
  name: 'dropout',
  inputs: ['x: array<f32>'],
  outputs: ['out: array<f32>'],
  uniforms: UNIFORMS,
  code: element('out[i] ='),
};

/** The same added to what is there: out[i] += … */
export const DROPOUT_ADDED: Kernel = {
  ...DROPOUT,
  name: 'dropout, added',
  code: element('out[i] +='),
};
