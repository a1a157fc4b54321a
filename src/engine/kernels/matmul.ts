/**
 * A product of two matrices and what comes after it in one dispatch, each side read as it lies or transposed.
 *
 * A workgroup of 8×8 threads makes one tile of the result, 4 or 8 rows by 4 or 8 columns a thread, in registers. Both
 * sides pass through workgroup memory in steps along the inner dimension, and lie alike there however they lie
 * outside: [step][tile], four values of the tile in a vec4. A thread brings one square of 4×4 of one side, turned where
 * needed. Every sum runs along the inner dimension in its order: the same bits each time.
 *
 * Steps are short because they may be: only the tile's width decides how often a value is read from outside. And
 * software adapters write out the zeros of workgroup memory one by one: 4 KiB of it take them half a second to compile.
 */
import type { Kernel } from '../device/gpu';
import { ACTIVATIONS, type Activation } from './activation';
import { type BlockTypeId, squareOfBlocks } from './packed-blocks';

/** Threads along each side of a workgroup. */
const SIDE = 8;

/** How far a step goes along the inner dimension: both sides of the largest tile together are a square a thread. */
export const STEP = 8;

/** What a thread makes of the result. */
export interface Tile {
  rowsPerThread: 4 | 8;
  columnsPerThread: 4 | 8;
}

/** How a side lies in memory. `vectors`: its lines are a multiple of 4 long, and are read four values at a time. */
export interface Side {
  linesRun: 'along the inner dimension' | 'across it';
  vectors: boolean;
}

/** The right side may be a matrix of blocks: they are unpacked on their way into the tile. */
export interface RightSide extends Side {
  packed?: BlockTypeId;
}

/**
 * What is made of the sums. `layer`: out = activation(a·b + bias), without the bias where there is none, and what goes
 * into the activation in `before` where a gradient will ask for it. `slope`: out = a·b times the activation's derivative at `before`. `columns`: out = factor·a·b and, in `sums`,
 * the sums of the columns of b; the inner dimension may be cut in parts, each with a result of its own behind the last.
 * `added`: factor·a·b comes to what stands in columns of a wider matrix already.
 */
export type Ending =
  | { kind: 'layer'; bias: boolean; activation: Activation | undefined; keepBefore: boolean }
  | { kind: 'slope'; activation: Activation | undefined }
  | { kind: 'columns' }
  | { kind: 'added' };

/** Uniforms of an `added` product after those of every one: `width` is that of the matrix, `start` its first column. */
const ADDED_UNIFORMS = ['width: u32', 'start: u32', 'factor: f32'];

export interface MatmulOptions {
  a: Side;
  b: RightSide;
  /** Rows of the result are a multiple of 4 long. */
  vectors: boolean;
  tile: Tile;
  ending: Ending;
}

/** Rows and columns of the result that a workgroup makes. */
export function tileSize({ rowsPerThread, columnsPerThread }: Tile): { rows: number; columns: number } {
  return { rows: SIDE * rowsPerThread, columns: SIDE * columnsPerThread };
}

/** The programs by their options: a step asks for some seventy, and writing one out takes longer than recording it. */
const written = new Map<string, Kernel>();

/** Inputs a, b and, after the ending, bias or before; outputs out and before or sums. */
export function matmul(options: MatmulOptions): Kernel {
  const name = `matmul ${JSON.stringify(options)}`;
  const program = written.get(name) ?? write(name, options);
  written.set(name, program);
  return program;
}

function write(name: string, options: MatmulOptions): Kernel {
  const { a, b, vectors, tile, ending } = options;
  const { rows, columns } = tileSize(tile);
  const [squaresA, squaresB] = [(STEP * rows) / 16, (STEP * columns) / 16];
  const array = (name: string, four: boolean): string => `${name}: array<${four ? 'vec4<f32>' : 'f32'}>`;
  const activation = ending.kind === 'layer' || ending.kind === 'slope' ? ending.activation : undefined;
  return {
    name,
    inputs: [
      array('a', a.vectors),
      b.packed ? 'b: array<vec4<u32>>' : array('b', b.vectors),
      ...(ending.kind === 'layer' && ending.bias ? [array('bias', vectors)] : []),
      ...(ending.kind === 'slope' && activation ? [array('before', vectors)] : []),
    ],
    outputs: [
      array('out', vectors),
      ...(ending.kind === 'layer' && ending.keepBefore ? [array('before', vectors)] : []),
      ...(ending.kind === 'columns' ? ['sums: array<f32>'] : []),
    ],
    uniforms: [
      ...['rows: u32', 'inner: u32', 'columns: u32', 'part: u32', 'parts: u32'],
      ...(ending.kind === 'added' ? ADDED_UNIFORMS : []),
      ...(ending.kind === 'columns' ? ['factor: f32'] : []),
    ],
    code: `
const STEP = ${STEP}u;
var<workgroup> tileA: array<vec4<f32>, ${4 * squaresA}>;
var<workgroup> tileB: array<vec4<f32>, ${4 * squaresB}>;
${activation ? ACTIVATIONS[activation] : ''}
${reader('A', 'a', a)}
${reader('B', 'b', b)}
${finisher(ending, vectors)}
@compute @workgroup_size(${SIDE}, ${SIDE})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_id) local: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let tilesDown = max(1u, (uniforms.rows + ${rows - 1}u) / ${rows}u);
  let tilesAcross = max(1u, (uniforms.columns + ${columns - 1}u) / ${columns}u);
  let flat = flatGroup(group, groups);
  let part = flat / (tilesDown * tilesAcross);
  if (part >= uniforms.parts) { return; }
  let row0 = (flat / tilesAcross) % tilesDown * ${rows}u;
  let column0 = flat % tilesAcross * ${columns}u;
  let begin = part * uniforms.part;
  let end = min(uniforms.inner, begin + uniforms.part);
${grid(tile, (row, column) => `  var c${row}_${column} = vec4<f32>();`)}
${ending.kind === 'columns' ? '  var sum = vec4<f32>();' : ''}
  for (var step = begin; step < end; step += STEP) {
    workgroupBarrier();
    if (thread < ${squaresA}u) {
${bring('A', a, rows, 'thread')}
    } else if (thread < ${squaresA + squaresB}u) {
${bring('B', b, columns, `(thread - ${squaresA}u)`)}
${ending.kind === 'columns' ? '      sum += v0 + v1 + v2 + v3;' : ''}
    }
    workgroupBarrier();
    for (var k = 0u; k < STEP; k++) {
${multiplyAdd(tile)}
    }
  }
${grid(tile, (row, column) => {
  const at = `row0 + ${(row >> 2) * 4 * SIDE}u + local.y * 4u + ${row & 3}u`;
  return `  finish(part, ${at}, column0 + ${column * 4 * SIDE}u + local.x * 4u, c${row}_${column});`;
})}
${ending.kind === 'columns' ? sumColumns(squaresA, squaresB, columns) : ''}
}`,
  };
}

/** `readA(line, at)`: four values of a line from `at` on, with 0 for whatever is not there; of blocks, of four lines. */
function reader(side: string, buffer: string, { linesRun, vectors, packed }: RightSide): string {
  const outer = side === 'A' ? 'rows' : 'columns';
  const [lines, width] = linesRun === 'across it' ? ['inner', outer] : [outer, 'inner'];
  if (packed) {
    return squareOfBlocks(`read${side}`, packed, {
      read: (i) => `${buffer}[${i}]`,
      lines: `uniforms.${lines}`,
      width: `uniforms.${width}`,
    });
  }
  const head = `
fn read${side}(line: u32, at: u32) -> vec4<f32> {
  let width = uniforms.${width};
  if (line >= uniforms.${lines} || at >= width) { return vec4<f32>(); }`;
  if (vectors) return `${head}\n  return ${buffer}[(line * width + at) / 4u];\n}`;
  return `${head}
  let i = line * width + at;
  let left = width - at;
  return vec4<f32>(${buffer}[i], ${[1, 2, 3].map((j) => `select(0.0, ${buffer}[i + ${j}u], left > ${j}u)`).join(', ')});
}`;
}

/** A square of one side's step, from outside, where its lines are v0 to v3, into the tile. */
function bring(side: string, { linesRun, packed }: RightSide, width: number, square: string): string {
  const start = side === 'A' ? 'row0' : 'column0';
  const across = linesRun === 'across it';
  const perLine = across ? width / 4 : STEP / 4;
  const [k, i] = across ? ['far', 'near'] : ['near', 'far'];
  const line = (j: number) => (across ? `step + k + ${j}u` : `${start} + i + ${j}u`);
  const at = across ? `${start} + i` : 'step + k';
  const values = ['x', 'y', 'z', 'w'].map((part, j) =>
    across ? `v${j}` : `vec4<f32>(v0.${part}, v1.${part}, v2.${part}, v3.${part})`,
  );
  return `      let near = ${square} % ${perLine}u * 4u;
      let far = ${square} / ${perLine}u * 4u;
      let k = ${k};
      let i = ${i};
${packed ? `      let square = read${side}(${line(0)}, ${at});` : ''}
${range(4, (j) => `      let v${j} = ${packed ? `square[${j}]` : `read${side}(${line(j)}, ${at})`};`)}
${values.map((value, j) => `      tile${side}[(k + ${j}u) * ${width / 4}u + i / 4u] = ${value};`).join('\n')}`;
}

/** What one value of the inner dimension adds to a thread's sums. */
function multiplyAdd(tile: Tile): string {
  const { rows, columns } = tileSize(tile);
  return `${range(tile.rowsPerThread / 4, (i) => `      let a${i} = tileA[k * ${rows / 4}u + ${i * SIDE}u + local.y];`)}
${range(tile.columnsPerThread / 4, (i) => `      let b${i} = tileB[k * ${columns / 4}u + ${i * SIDE}u + local.x];`)}
${grid(tile, (row, column) => `      c${row}_${column} += a${row >> 2}[${row & 3}] * b${column};`)}`;
}

/** `finish(part, row, column, value)`: the ending of four values of a row, and where they go. */
function finisher(ending: Ending, vectors: boolean): string {
  const read = (buffer: string, at: string): string =>
    vectors ? `${buffer}[${at} / 4u]` : `vec4<f32>(${[0, 1, 2, 3].map((j) => `${buffer}[${at} + ${j}u]`).join(', ')})`;
  const write = (buffer: string, value: string): string =>
    vectors
      ? `${buffer}[at / 4u] = ${value};`
      : [0, 1, 2, 3]
          .map((j) => `if (column + ${j}u < uniforms.columns) { ${buffer}[at + ${j}u] = ${value}[${j}]; }`)
          .join('\n  ');
  const lines: string[] = [];
  if (ending.kind === 'layer') {
    lines.push(`let moved = ${ending.bias ? `value + ${read('bias', 'column')}` : 'value'};`);
    if (ending.keepBefore) lines.push(write('before', 'moved'));
    lines.push(`let ended = ${ending.activation ? 'activate(moved)' : 'moved'};`);
  } else if (ending.kind === 'slope' && ending.activation) {
    lines.push(`let ended = value * slope(${read('before', 'at')});`);
  } else if (ending.kind === 'added') {
    lines.push(`let ended = ${read('out', 'at')} + uniforms.factor * value;`);
  } else if (ending.kind === 'columns') {
    lines.push('let ended = uniforms.factor * value;');
  } else {
    lines.push('let ended = value;');
  }
  const at =
    ending.kind === 'added'
      ? 'row * uniforms.width + uniforms.start + column'
      : '(part * uniforms.rows + row) * uniforms.columns + column';
  return `
fn finish(part: u32, row: u32, column: u32, value: vec4<f32>) {
  if (row >= uniforms.rows || column >= uniforms.columns) { return; }
  let at = ${at};
  ${lines.join('\n  ')}
  ${write('out', 'ended')}
}`;
}

/** The sums of the threads that brought the same columns, in order; the first tile down writes them. */
function sumColumns(squaresA: number, squaresB: number, columns: number): string {
  const fours = columns / 4;
  return `
  workgroupBarrier();
  if (thread >= ${squaresA}u && thread < ${squaresA + squaresB}u) { tileB[thread - ${squaresA}u] = sum; }
  workgroupBarrier();
  if (row0 == 0u && thread < ${fours}u) {
    sum = vec4<f32>();
    for (var j = thread; j < ${squaresB}u; j += ${fours}u) { sum += tileB[j]; }
    let column = column0 + thread * 4u;
    for (var j = 0u; j < 4u && column + j < uniforms.columns; j++) { sums[part * uniforms.columns + column + j] = sum[j]; }
  }`;
}

function range(count: number, line: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => line(i)).join('\n');
}

/** A line for each row and each four columns of a thread. */
function grid({ rowsPerThread, columnsPerThread }: Tile, line: (row: number, column: number) => string): string {
  return range(rowsPerThread, (row) => range(columnsPerThread / 4, (column) => line(row, column)));
}
