/**
 * The three products of a linear layer on WebGPU, one dispatch each but where long sums are cut in parts. For operations that
 * have the other paths as well. Over 300 lines, since one choice of program and size serves all of them.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Gpu } from '../../device/gpu';
import type { Activation } from '../../kernels/activation';
import { type Ending, matmul, STEP, tileSize, type RightSide, type Side, type Tile } from '../../kernels/matmul';
import {
  NARROW_GRADIENT_GROUP,
  NARROW_GRADIENTS,
  NARROW_GROUP,
  NARROW_INPUT_GRADIENT,
  NARROW_INPUTS_GRADIENT,
  narrowLinear,
} from '../../kernels/narrow-linear';
import { matrixShape } from '../differentiable';
import { type Matrix, PackedMatrix } from '../packed-matrix';
import { sumOfParts } from './row-parts';

/**
 * Larger tiles read less, smaller ones give more workgroups: a tile is taken where it makes at least so many. All fit the
 * limits that every adapter has.
 */
interface Sizes {
  tiles: readonly { tile: Tile; leastGroups: number }[];
  /** A sum over many rows that makes a small result is cut in parts until there are so many workgroups … */
  manyGroups: number;
  /** … but a part is at least as long, */
  shortestPart: number;
  /** and there are at least so many: the second stage of fewer takes what they save. */
  fewestParts: number;
}

/** Makes the most of what it reads. */
export const LARGEST_TILE: Tile = { rowsPerThread: 8, columnsPerThread: 8 };
const MIDDLE_TILE: Tile = { rowsPerThread: 8, columnsPerThread: 4 };
const SMALLEST_TILE: Tile = { rowsPerThread: 4, columnsPerThread: 4 };
/** Those that a product may take. */
export const ALL_TILES: readonly Tile[] = [LARGEST_TILE, MIDDLE_TILE, SMALLEST_TILE];

/**
 * By what an H100 took (`bench/gpu`): under some 500 groups the middle tile is up to twice as fast as its neighbours there,
 * above up to a fifth slower than the largest. 256 is a compromise with smaller GPUs, which are full sooner; none was measured.
 */
const OF_GPUS: Sizes = {
  tiles: [
    { tile: LARGEST_TILE, leastGroups: 256 },
    { tile: MIDDLE_TILE, leastGroups: 32 },
  ],
  manyGroups: 1536,
  shortestPart: 512,
  fewestParts: 3,
};

/** The processor under another name is full with a few groups, and the largest tile the fastest by far. */
const OF_SOFTWARE: Sizes = {
  tiles: [
    { tile: LARGEST_TILE, leastGroups: 32 },
    { tile: MIDDLE_TILE, leastGroups: 32 },
  ],
  manyGroups: 512,
  shortestPart: 768,
  fewestParts: 2,
};

let forced: Tile | null = null;

/** All products of `work` with one tile, however large they are: for proofs of programs that only large batches take. */
export async function withTile<T>(tile: Tile, work: () => Promise<T>): Promise<T> {
  forced = tile;
  try {
    return await work();
  } finally {
    forced = null;
  }
}

/** Fewer outputs are not worth a tile. It is the weight that decides, so that a row's bits do not depend on the others. */
const NARROW = 16;
/** A narrow layer's gradient is a sum over as many rows at most; tiles cut longer ones in parts. */
const MOST_NARROW_ROWS = 1024;
/**
 * So long are the sums through a table of words: a few rows make a few workgroups there, each with tens of thousands of steps
 * (4.6 ms on an H200). They are cut in parts of that length, by the weight alone as above.
 */
const LONG_INNER = 8192;
const LONG_PART = 4096;

/**
 * activation(x·W + b), and x·W + b where `keepBefore` and there is an activation; x: [rows, inputs], weight:
 * [inputs, outputs], bias: [outputs] where there is one.
 */
export function gpuLinear(
  gpu: Gpu,
  x: tf.Tensor,
  { weight, bias }: { weight: Matrix; bias?: tf.Tensor },
  activation: Activation | undefined,
  keepBefore: boolean,
): { value: tf.Tensor; before: tf.Tensor | null } {
  const [[rows, inputs], [, outputs]] = [matrixShape(x), matrixShape(weight)];
  const right = rightSide(weight, 'of the layer');
  if (inputs >= LONG_INNER && bias === undefined && activation === undefined) {
    const ending = { kind: 'layer', bias: false, activation, keepBefore: false } as const;
    return { value: longProduct(gpu, x, right, [rows, inputs, outputs], ending), before: null };
  }
  const value = gpu.make([rows, outputs]);
  const read = [x, right.values, ...(bias === undefined ? [] : [bias])];
  if (outputs < NARROW && activation === undefined && !right.side.packed) {
    const kernel = narrowLinear({ bias: bias !== undefined, linesRun: 'across it' });
    gpu.run(kernel, { inputs: read, outputs: [value], uniforms: [rows, inputs, outputs], groups: rows });
    return { value, before: null };
  }
  const { tile, groups } = tileFor(gpu, rows, outputs);
  const before = keepBefore && activation !== undefined ? gpu.make([rows, outputs]) : null;
  gpu.run(
    matmul({
      a: side('along the inner dimension', inputs),
      b: right.side,
      vectors: outputs % 4 === 0,
      tile,
      ending: { kind: 'layer', bias: bias !== undefined, activation, keepBefore: before !== null },
    }),
    {
      inputs: read,
      outputs: before === null ? [value] : [value, before],
      uniforms: [rows, inputs, outputs, inputs, 1],
      groups,
    },
  );
  return { value, before };
}

/** dX = dY·Wᵀ, and where x came out of an activation, times its derivative at what went in. */
export function gpuLinearInputGradient(
  gpu: Gpu,
  dy: tf.Tensor,
  weight: Matrix,
  from?: { activation: Activation; before: tf.Tensor },
): tf.Tensor {
  const [[rows, outputs], [inputs]] = [matrixShape(dy), matrixShape(weight)];
  const right = rightSide(weight, 'of the gradient');
  if (outputs >= LONG_INNER && from === undefined) {
    return longProduct(gpu, dy, right, [rows, outputs, inputs], { kind: 'slope', activation: undefined });
  }
  const dx = gpu.make([rows, inputs]);
  if (inputs < NARROW && outputs >= NARROW && from === undefined && !right.side.packed) {
    gpu.run(narrowLinear({ bias: false, linesRun: 'along it' }), {
      inputs: [dy, right.values],
      outputs: [dx],
      uniforms: [rows, outputs, inputs],
      groups: rows,
    });
    return dx;
  }
  if (outputs < NARROW && from === undefined && !right.side.packed) {
    const groups = Math.ceil((rows * inputs) / NARROW_GROUP);
    gpu.run(NARROW_INPUT_GRADIENT, {
      inputs: [dy, right.values],
      outputs: [dx],
      uniforms: [rows, inputs, outputs],
      groups,
    });
    return dx;
  }
  const { tile, groups } = tileFor(gpu, rows, inputs);
  gpu.run(
    matmul({
      a: side('along the inner dimension', outputs),
      b: right.side,
      vectors: inputs % 4 === 0,
      tile,
      ending: { kind: 'slope', activation: from?.activation },
    }),
    {
      inputs: from === undefined ? [dy, right.values] : [dy, right.values, from.before],
      outputs: [dx],
      uniforms: [rows, outputs, inputs, outputs, 1],
      groups,
    },
  );
  return dx;
}

/** dW and db, one dispatch for both; nothing is done for what is not wanted. See `gpuWeightGradient`. */
export function gpuLinearGradients(
  gpu: Gpu,
  x: tf.Tensor,
  dy: tf.Tensor,
  wanted: { weight: boolean; bias: boolean },
): { dWeight?: tf.Tensor; dBias?: tf.Tensor } {
  if (wanted.weight) return gpuWeightGradient(gpu, x, dy, { bias: wanted.bias });
  return wanted.bias ? { dBias: sumOfParts(gpu, dy, matrixShape(dy)[1]) } : {};
}

/**
 * dW = factor·xᵀ·dY, and the sums of dY's columns where the `bias` wants them; a dispatch more for each of the two where many
 * rows make a small result. To be called where what it makes besides is disposed.
 */
export function gpuWeightGradient(
  gpu: Gpu,
  x: tf.Tensor,
  dy: tf.Tensor,
  { bias = false, factor = 1 }: { bias?: boolean; factor?: number } = {},
): { dWeight: tf.Tensor; dBias?: tf.Tensor } {
  const [[rows, inputs], [, outputs]] = [matrixShape(x), matrixShape(dy)];
  if (outputs < NARROW && rows <= MOST_NARROW_ROWS) {
    const [dWeight, dBias] = [gpu.make([inputs, outputs]), gpu.make([outputs])];
    const groups = Math.ceil(((inputs + 1) * outputs) / NARROW_GRADIENT_GROUP);
    gpu.run(NARROW_GRADIENTS, {
      inputs: [x, dy],
      outputs: [dWeight, dBias],
      uniforms: [rows, inputs, outputs, factor],
      groups,
    });
    return { dWeight, dBias };
  }
  if (inputs < NARROW && !bias && rows <= MOST_NARROW_ROWS) {
    const dWeight = gpu.make([inputs, outputs]);
    const groups = Math.ceil((inputs * outputs) / NARROW_GRADIENT_GROUP);
    const uniforms = [rows, inputs, outputs, factor];
    gpu.run(NARROW_INPUTS_GRADIENT, { inputs: [x, dy], outputs: [dWeight], uniforms, groups });
    return { dWeight };
  }
  const { manyGroups, shortestPart, fewestParts } = sizesFor(gpu);
  const fitting = Math.floor(rows / shortestPart);
  const most = fitting < fewestParts ? 1 : fitting;
  const { tile, groups } = tileFor(gpu, inputs, outputs, most);
  const cuts = Math.min(Math.ceil(manyGroups / groups), most);
  const part = Math.max(1, Math.ceil(rows / cuts / STEP)) * STEP;
  const parts = Math.max(1, Math.ceil(rows / part));
  const dWeight = gpu.make(parts === 1 ? [inputs, outputs] : [parts, inputs, outputs]);
  const dBias = gpu.make(parts === 1 ? [outputs] : [parts, outputs]);
  gpu.run(
    matmul({
      a: side('across it', inputs),
      b: side('across it', outputs),
      vectors: outputs % 4 === 0,
      tile,
      ending: { kind: 'columns' },
    }),
    {
      inputs: [x, dy],
      outputs: [dWeight, dBias],
      uniforms: [inputs, rows, outputs, part, parts, factor],
      groups: groups * parts,
    },
  );
  if (parts === 1) return { dWeight, dBias };
  return {
    dWeight: tf.tidy(() => tf.reshape(sumOfParts(gpu, dWeight, inputs * outputs), [inputs, outputs])),
    ...(bias && { dBias: sumOfParts(gpu, dBias, outputs) }),
  };
}

/**
 * out += factor·a·b in place, in the columns of `out` from `start` on; a: [rows, inner], b: [inner, columns], or
 * [columns, inner] where it is transposed. One dispatch.
 */
export function gpuAddProduct(
  gpu: Gpu,
  out: tf.Tensor,
  a: tf.Tensor,
  b: tf.Tensor,
  { transposeB = false, factor, start = 0 }: { transposeB?: boolean; factor: number; start?: number },
): void {
  const [[, width], [rows, inner], lines] = [matrixShape(out), matrixShape(a), matrixShape(b)];
  const columns = lines[transposeB ? 0 : 1];
  const { tile, groups } = tileFor(gpu, rows, columns);
  gpu.run(
    matmul({
      a: side('along the inner dimension', inner),
      b: side(transposeB ? 'along the inner dimension' : 'across it', lines[1]),
      vectors: columns % 4 === 0 && width % 4 === 0 && start % 4 === 0,
      tile,
      ending: { kind: 'added' },
    }),
    { inputs: [a, b], outputs: [out], uniforms: [rows, inner, columns, inner, 1, width, start, factor], groups },
  );
}

/** A product without anything after it, its sums cut in parts; sizes: rows, inner dimension, columns. Two dispatches. */
function longProduct(
  gpu: Gpu,
  a: tf.Tensor,
  { side: b, values }: { side: RightSide; values: tf.Tensor },
  [rows, inner, columns]: readonly [number, number, number],
  ending: Ending,
): tf.Tensor {
  const parts = Math.ceil(inner / LONG_PART);
  const { tile, groups } = tileFor(gpu, rows, columns, parts);
  const found = gpu.make([parts, rows, columns]);
  gpu.run(matmul({ a: side('along the inner dimension', inner), b, vectors: columns % 4 === 0, tile, ending }), {
    inputs: [a, values],
    outputs: [found],
    uniforms: [rows, inner, columns, LONG_PART, parts],
    groups: groups * parts,
  });
  const sum = sumOfParts(gpu, found, rows * columns);
  const product = tf.reshape(sum, [rows, columns]);
  tf.dispose([found, sum]);
  return product;
}

/**
 * The weight as the right side of x·W or of dY·Wᵀ: [inputs, outputs] in float32, and the other way round where it is
 * packed.
 */
function rightSide(
  weight: Matrix,
  product: 'of the layer' | 'of the gradient',
): { side: RightSide; values: tf.Tensor } {
  const [along, across] = ['along the inner dimension', 'across it'] as const;
  const ofLayer = product === 'of the layer';
  if (weight instanceof PackedMatrix) {
    return {
      side: { linesRun: ofLayer ? along : across, vectors: true, packed: weight.type },
      values: weight.words,
    };
  }
  return { side: side(ofLayer ? across : along, matrixShape(weight)[1]), values: weight };
}

function side(linesRun: Side['linesRun'], lineLength: number): Side {
  return { linesRun, vectors: lineLength % 4 === 0 };
}

/**
 * The largest tile that keeps a GPU busy, else the smallest, where the sums may be cut in `parts`. At least one
 * workgroup: it also sums b's columns.
 */
function tileFor(gpu: Gpu, rows: number, columns: number, parts = 1): { tile: Tile; groups: number } {
  const count = (tile: Tile): number => {
    const size = tileSize(tile);
    return Math.max(1, Math.ceil(rows / size.rows)) * Math.max(1, Math.ceil(columns / size.columns));
  };
  const fitting = sizesFor(gpu).tiles.find(({ tile, leastGroups }) => parts * count(tile) >= leastGroups);
  const tile = forced ?? fitting?.tile ?? SMALLEST_TILE;
  return { tile, groups: count(tile) };
}

function sizesFor({ software }: Gpu): Sizes {
  return software ? OF_SOFTWARE : OF_GPUS;
}
