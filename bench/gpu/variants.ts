/**
 * Programs beside their variants on one GPU: tile sizes of products, parts of long sums, blocks of attention, half precision
 * and subgroups where the adapter has them. Times are of the programs alone, in microseconds, the median of some turns.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type Kernel, type Gpu, webGpu } from '../../src/engine/device/gpu';
import { attentionForward } from '../../src/engine/kernels/attention-forward';
import { matmul, STEP, tileSize, type Ending, type Side, type Tile } from '../../src/engine/kernels/matmul';
import { SUM_COLUMNS, sumParts } from '../../src/engine/kernels/sum-parts';
import { unpack, UNPACK_GROUP } from '../../src/engine/kernels/unpack';
import { PackedMatrix } from '../../src/engine/ops/packed-matrix';
import { randomBlocks } from '../../tests/helpers/packed-blocks';
import { kernelTimes } from './kernel-times';

const TURNS = 10;
const TILES: readonly Tile[] = [
  { rowsPerThread: 4, columnsPerThread: 4 },
  { rowsPerThread: 8, columnsPerThread: 4 },
  { rowsPerThread: 8, columnsPerThread: 8 },
];
/** Rows of a batch: 16 × 64 and 64 × 128 tokens. */
const ROWS = [1024, 8192] as const;
/** Inner dimension and columns: query, key and value; both halves of the inner layer. */
const LAYERS = [
  [384, 1152],
  [384, 1536],
  [1536, 384],
] as const;

interface Timing {
  what: string;
  us: number;
  gflops?: number;
}

/** A program with what it is run on; `name` tells it from its neighbours. */
interface Variant {
  name: string;
  kernel: Kernel;
  inputs: tf.Tensor[];
  outputs: tf.Tensor[];
  uniforms: number[];
  groups: number;
  flops?: number;
}

/** Each prints its own line, so that a run that is cut loses little. */
export const variants = { products, unpacking, gradients, attention, sums };

/** x·W + b by tile, with W in 4-bit blocks, and with half precision in the tiles or in the products as well. */
async function products(): Promise<{ products: Timing[] }> {
  const gpu = theGpu();
  const found: Variant[] = [];
  for (const rows of ROWS) {
    for (const [inner, columns] of LAYERS) {
      const [a, b, bias] = [random(gpu, [rows, inner]), random(gpu, [inner, columns]), random(gpu, [columns])];
      const packed = blockMatrix(inner, columns);
      const out = gpu.make([rows, columns]);
      for (const tile of TILES) {
        const plain = matmul({ ...sides('along the inner dimension'), vectors: true, tile, ending: BIAS });
        const kernels: [string, Kernel][] = [['float32', plain]];
        if (gpu.device.features.has('shader-f16')) {
          kernels.push(['float16 tiles', inHalf(plain, 'tiles')], ['float16 products', inHalf(plain, 'products')]);
        }
        const packing = { linesRun: 'along the inner dimension', vectors: true, packed: 'q4_0' } as const;
        const { a: left } = sides('along the inner dimension');
        kernels.push([PACKED, matmul({ a: left, b: packing, vectors: true, tile, ending: BIAS })]);
        for (const [precision, kernel] of kernels) {
          found.push({
            name: `${rows}×${inner}×${columns}, ${tileName(tile)}, ${precision}`,
            kernel,
            inputs: [a, precision === PACKED ? packed.words : b, bias],
            outputs: [out],
            uniforms: [rows, inner, columns, inner, 1],
            groups: groupsOf(tile, rows, columns),
            flops: 2 * rows * inner * columns,
          });
        }
      }
    }
  }
  return { products: await times(found) };
}

/** A whole matrix to float32: what each product would take besides, were it not to read blocks itself. */
async function unpacking(): Promise<{ unpacking: Timing[] }> {
  const gpu = theGpu();
  const found = LAYERS.map(([inner, columns]): Variant => {
    const { words } = blockMatrix(inner, columns);
    return {
      name: `${inner}×${columns}`,
      kernel: unpack('q4_0'),
      inputs: [words],
      outputs: [gpu.make([inner, columns])],
      uniforms: [inner, columns],
      groups: Math.ceil((inner * columns) / 16 / UNPACK_GROUP),
    };
  });
  return { unpacking: await times(found) };
}

/** xᵀ·dY by tile and by the number of parts that the sum over the rows is cut in, the second stage included. */
async function gradients(): Promise<{ gradients: Timing[] }> {
  const gpu = theGpu();
  const timings: Timing[] = [];
  for (const rows of ROWS) {
    for (const [inputs, outputs] of LAYERS) {
      const [x, dy] = [random(gpu, [rows, inputs]), random(gpu, [rows, outputs])];
      for (const tile of TILES) {
        for (const wanted of [1, 2, 4, 8, 16]) {
          const part = Math.ceil(rows / wanted / STEP) * STEP;
          const parts = Math.ceil(rows / part);
          const [dWeight, dBias] = [gpu.make([parts, inputs, outputs]), gpu.make([parts, outputs])];
          const kernel = matmul({ ...sides('across it'), vectors: true, tile, ending: { kind: 'columns' } });
          const flops = 2 * rows * inputs * outputs;
          const product: Variant = {
            name: 'product',
            kernel,
            inputs: [x, dy],
            outputs: [dWeight, dBias],
            uniforms: [inputs, rows, outputs, part, parts, 1],
            groups: groupsOf(tile, inputs, outputs) * parts,
          };
          const width = inputs * outputs;
          const sum = gpu.make([width]);
          const second: Variant = {
            name: 'sum',
            kernel: sumParts(1),
            inputs: [dWeight],
            outputs: [sum],
            uniforms: [parts, width],
            groups: Math.ceil(width / SUM_COLUMNS),
          };
          const us = (await times(parts === 1 ? [product] : [product, second])).reduce((all, { us }) => all + us, 0);
          const what = `${rows}×${inputs}×${outputs}, ${tileName(tile)}, ${parts} parts`;
          timings.push({ what, us: round(us), gflops: round(flops / us / 1000) });
          tf.dispose([dWeight, dBias, sum]);
        }
      }
    }
  }
  return { gradients: timings };
}

/** MiniLM's attention (12 heads of 32) by rows of a block. */
async function attention(): Promise<{ attention: Timing[] }> {
  const gpu = theGpu();
  const [heads, headSize] = [12, 32];
  const found: Variant[] = [];
  for (const [batch, tokens] of [
    [16, 64],
    [64, 128],
    [16, 256],
  ] as const) {
    const qkv = random(gpu, [batch * tokens, 3 * heads * headSize]);
    const lengths = tf.tensor1d(new Int32Array(batch).fill(tokens), 'int32');
    const [out, logSums] = [gpu.make([batch * tokens, heads * headSize]), gpu.make([batch * heads * tokens])];
    for (const rows of [8, 16, 32]) {
      const groups = batch * heads * Math.ceil(tokens / rows);
      found.push({
        name: `${batch}×${tokens}, blocks of ${rows}`,
        kernel: attentionForward({ headSize, rows, causal: false }),
        inputs: [qkv, lengths],
        outputs: [out, logSums],
        uniforms: [groups, tokens, heads, heads, 1 / Math.sqrt(headSize), 0, 0, 1, 0, headSize / 4, rows / 4],
        groups,
      });
    }
  }
  return { attention: await times(found) };
}

/** Sums of matrix rows, as LayerNorm and softmax want them: through workgroup memory, and by subgroups. */
async function sums(): Promise<{ sums: Timing[] }> {
  const gpu = theGpu();
  const found: Variant[] = [];
  for (const rows of ROWS) {
    const [x, out] = [random(gpu, [rows, 384]), gpu.make([rows])];
    const shared = { inputs: [x], outputs: [out], uniforms: [rows], groups: rows };
    found.push({ ...shared, name: `${rows}×384, workgroup memory`, kernel: rowSums(false) });
    if (gpu.device.features.has('subgroups')) {
      found.push({ ...shared, name: `${rows}×384, subgroups`, kernel: rowSums(true) });
    }
  }
  return { sums: await times(found) };
}

/** Where a device tells no time there are none. */
async function times(found: readonly Variant[]): Promise<Timing[]> {
  const gpu = theGpu();
  // A program is known by its name; the same one on other shapes is told apart by another.
  const named = found.map(({ name, kernel, ...call }) => {
    const own = name.replace(/[^\w×, ]/g, '');
    return { call, kernel: { ...kernel, name: `${own} ${kernel.name}` } };
  });
  for (const { kernel, call } of named) gpu.run(kernel, call);
  const taken = new Map<string, number[]>();
  for (let turn = 0; turn < TURNS; turn++) {
    const timed = await kernelTimes(async () => {
      for (const { kernel, call } of named) gpu.run(kernel, call);
      await gpu.device.queue.onSubmittedWorkDone();
    });
    for (const [name, { ms }] of Object.entries(timed?.programs ?? {})) {
      taken.set(name, [...(taken.get(name) ?? []), 1000 * ms]);
    }
  }
  return named.flatMap(({ kernel }, i) => {
    const sorted = (taken.get(kernel.name) ?? []).sort((a, b) => a - b);
    const us = sorted[sorted.length >> 1];
    const { name = '', flops } = found[i] ?? {};
    if (us === undefined) return [];
    return [{ what: name, us: round(us), ...(flops !== undefined && { gflops: round(flops / us / 1000) }) }];
  });
}

const PACKED = 'blocks of 4 bits';

function blockMatrix(inputs: number, outputs: number): PackedMatrix {
  return new PackedMatrix('q4_0', randomBlocks(7, outputs, inputs), [outputs, inputs]);
}

const BIAS: Ending = { kind: 'layer', bias: true, activation: undefined, keepBefore: false };

function sides(a: Side['linesRun']): { a: Side; b: Side } {
  return { a: { linesRun: a, vectors: true }, b: { linesRun: 'across it', vectors: true } };
}

/** The product with half precision in workgroup memory, and in the multiplications too; sums stay float32. */
function inHalf(kernel: Kernel, what: 'tiles' | 'products'): Kernel {
  const code = kernel.code
    .replaceAll(/(var<workgroup> tile[AB]: array<vec4<)f32/g, '$1f16')
    .replaceAll(/(tile[AB]\[.*?\] = )(v\d|vec4<f32>\([^;]*\));/g, '$1vec4<f16>($2);')
    .replaceAll(/let ([ab]\d) = (tile[AB]\[[^;]*\]);/g, what === 'tiles' ? 'let $1 = vec4<f32>($2);' : 'let $1 = $2;')
    .replaceAll(/\+= (a\d\[\d\] \* b\d);/g, what === 'tiles' ? '+= $1;' : '+= vec4<f32>($1);');
  return { ...kernel, name: `${kernel.name} ${what} in float16`, enable: ['f16'], code };
}

function rowSums(bySubgroups: boolean): Kernel {
  const finish = bySubgroups
    ? `  let part = subgroupAdd(sum);
  if (lane == 0u) { sums[thread / size] = part; }
  workgroupBarrier();
  if (thread == 0u) {
    var total = 0.0;
    for (var i = 0u; i < 64u / size; i++) { total += sums[i]; }
    out[row] = total;
  }`
    : `  sums[thread] = sum;
  for (var half = 32u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (thread < half) { sums[thread] += sums[thread + half]; }
  }
  if (thread == 0u) { out[row] = sums[0]; }`;
  return {
    name: `row sums ${bySubgroups ? 'by subgroups' : ''}`,
    inputs: ['x: array<f32>'],
    outputs: ['out: array<f32>'],
    uniforms: ['rows: u32'],
    ...(bySubgroups && { enable: ['subgroups'] as const }),
    code: `
var<workgroup> sums: array<f32, 64>;
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) thread: u32${
          bySubgroups ? ', @builtin(subgroup_invocation_id) lane: u32, @builtin(subgroup_size) size: u32' : ''
        }) {
  let row = flatGroup(group, groups);
  if (row >= uniforms.rows) { return; }
  var sum = 0.0;
  for (var i = thread; i < 384u; i += 64u) { sum += x[row * 384u + i]; }
${finish}
}`,
  };
}

function groupsOf(tile: Tile, rows: number, columns: number): number {
  const size = tileSize(tile);
  return Math.ceil(rows / size.rows) * Math.ceil(columns / size.columns);
}

function tileName(tile: Tile): string {
  const { rows, columns } = tileSize(tile);
  return `tiles of ${rows}×${columns}`;
}

/** Values of no meaning: how long a product takes does not depend on them, as long as they are no denormals. */
function random(gpu: Gpu, shape: number[]): tf.Tensor {
  const tensor = tf.randomUniform(shape, -1, 1, 'float32', 7);
  gpu.upload([tensor]);
  return tensor;
}

function theGpu(): Gpu {
  const gpu = webGpu();
  if (gpu === null) throw new Error('There is no GPU to measure.');
  return gpu;
}

function round(value: number): number {
  return Math.round(10 * value) / 10;
}
