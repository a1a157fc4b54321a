/**
 * Products of single tokens: a few rows, one a text, by one to three matrices that read the same, with all that a decoder
 * does around them in the same dispatch: RMSNorm of what goes in, biases, adapters, and SwiGLU or a sum after it.
 *
 * A tile would be empty for the most part here, and what takes time is that the weights are read. A workgroup of 8 × 8
 * threads makes 32 columns of a row of the result: eight threads, a slice of the inputs each, for every four columns.
 * Their sums have one order. The norm's factor is applied at the end, to the sums. An adapter's inner vector, x·A, is made
 * anew by each workgroup: that costs a part of the product and no dispatch.
 *
 * One program for all places of a decoder whose matrices lie alike, and few barriers in it: a software adapter takes
 * seconds to compile each.
 */
import type { Kernel } from '../device/gpu';
import { ACTIVATIONS } from './activation';
import { type BlockTypeId, squareOfBlocks } from './packed-blocks';

/** Columns that a workgroup makes. */
export const TOKEN_COLUMNS = 32;
const THREADS = 64;
/** Threads for the columns of a workgroup, four each, and slices of the inputs. */
const QUADS = TOKEN_COLUMNS / 4;
const SLICES = THREADS / QUADS;

/** How a matrix lies: in blocks, or in float32 as [inputs, outputs] or the other way round, as a table of words does. */
export type TokenMatrixLayout = BlockTypeId | 'inputs first' | 'outputs first';

/** What is made of the sums: as they are, side by side; silu(first)·second; or added to what `residual` has. */
export const TOKEN_ENDINGS = { plain: 0, swiGlu: 1, residual: 2 } as const;

/** Matrices that a call binds; a missing one has no columns. */
type Three<T> = readonly [T, T, T];

/** Uniforms: `columns` of each matrix, and `fours`: a quarter of the rank of its adapter, 0 where it has none. */
const UNIFORMS = [
  ...['rows: u32', 'inputs: u32', 'epsilon: f32', 'norm: u32', 'ending: u32'],
  ...['columns0: u32', 'columns1: u32', 'columns2: u32', 'fours0: u32', 'fours1: u32', 'fours2: u32'],
];

const written = new Map<string, Kernel>();

/**
 * Inputs x, before, after, three matrices and residual; out. `before` has what x meets: γ where there is a norm, and each
 * adapter's A, [inputs, rank]; `after` what is added, of each matrix a line of biases and those of scaling·B,
 * [1 + rank, columns]. Ranks are filled up to fours with zeros there; all other widths are multiples of four.
 */
export function tokenProduct(layouts: Three<TokenMatrixLayout>): Kernel {
  const name = `token product ${[...new Set(layouts)].length === 1 ? layouts[0] : layouts.join('|')}`;
  const program = written.get(name) ?? write(name, layouts);
  written.set(name, program);
  return program;
}

function write(name: string, layouts: Three<TokenMatrixLayout>): Kernel {
  const [floats, words] = ['array<vec4<f32>>', 'array<vec4<u32>>'];
  return {
    name,
    inputs: [
      ...[`x: ${floats}`, 'before: array<vec4<f32>>', 'after: array<vec4<f32>>'],
      ...[`w0: ${words}`, `w1: ${words}`, `w2: ${words}`, `residual: ${floats}`],
    ],
    outputs: [`out: ${floats}`],
    uniforms: UNIFORMS,
    code: `
const QUADS = ${QUADS}u;
const SLICES = ${SLICES}u;
var<workgroup> inner: array<vec4<f32>, ${THREADS}>;
var<workgroup> sums: array<vec4<f32>, ${2 * THREADS}>;
var<workgroup> squares: array<f32, ${SLICES}>;
${ACTIVATIONS.silu}
/** Four words of a matrix. */
fn fetch(part: u32, i: u32) -> vec4<u32> {
  if (part == 0u) { return w0[i]; }
  if (part == 1u) { return w1[i]; }
  return w2[i];
}
${[...new Set(layouts)].map((layout) => reader(layout)).join('\n')}
/** Inputs at to at + 3 of a matrix, for four of its columns, a column each. */
fn squareOf(part: u32, column: u32, at: u32) -> mat4x4<f32> {
${layouts
  .map((layout, i) => ({ layout, i }))
  .filter(({ layout, i }) => layouts.indexOf(layout) === i && i > 0)
  .map(({ layout }) => {
    const parts = layouts.flatMap((other, part) => (other === layout ? `part == ${part}u` : []));
    return `  if (${parts.join(' || ')}) { return ${readerOf(layout)}(part, column, at); }\n`;
  })
  .join('')}  return ${readerOf(layouts[0])}(part, column, at);
}
/** Four inputs of a row, 0 for what is not there. */
fn given(row: u32, at: u32) -> vec4<f32> {
  if (at >= uniforms.inputs) { return vec4<f32>(); }
  return x[(row * uniforms.inputs + at) / 4u];
}
/** The same on its way into a product. */
fn entering(row: u32, at: u32) -> vec4<f32> {
  let values = given(row, at);
  if (uniforms.norm == 0u) { return values; }
  return values * before[at / 4u];
}

@compute @workgroup_size(${THREADS})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) thread: u32) {
  let columns = vec3<u32>(uniforms.columns0, uniforms.columns1, uniforms.columns2);
  let fours = vec3<u32>(uniforms.fours0, uniforms.fours1, uniforms.fours2);
  let quads = columns / 4u;
  let lines = (1u + 4u * fours) * quads;
  let gammas = select(0u, uniforms.inputs / 4u, uniforms.norm == 1u);
  let startA = gammas + uniforms.inputs * vec3<u32>(0u, fours.x, fours.x + fours.y);
  let startB = vec3<u32>(0u, lines.x, lines.x + lines.y);
  let tiles = (columns + vec3<u32>(${TOKEN_COLUMNS - 1}u)) / ${TOKEN_COLUMNS}u;
  let both = uniforms.ending == ${TOKEN_ENDINGS.swiGlu}u;
  let across = select(tiles.x + tiles.y + tiles.z, tiles.x, both);
  let flat = flatGroup(group, groups);
  let row = flat / across;
  let place = flat % across;
  if (row >= uniforms.rows) { return; }
  let own = select(select(2u, 1u, place < tiles.x + tiles.y), 0u, place < tiles.x);
  let tile = place - vec3<u32>(0u, tiles.x, tiles.x + tiles.y)[own];
  let column = tile * ${TOKEN_COLUMNS}u + thread % QUADS * 4u;
  let slice = thread / QUADS;
  for (var part = own; part <= select(own, 1u, both); part++) {
    var sum = vec4<f32>();
    var square = 0.0;
    for (var at = slice * 4u; at < uniforms.inputs; at += 4u * SLICES) {
      let values = given(row, at);
      square += dot(values, values);
      sum += entering(row, at) * squareOf(part, column, at);
    }
    // The adapter: x·A for so many fours of its rank, a slice of the inputs a thread, and then those lines of B.
    for (var first = 0u; first < fours[part]; first += QUADS) {
      let four = first + thread % QUADS;
      var own = vec4<f32>();
      for (var at = slice; at < uniforms.inputs && four < fours[part]; at += SLICES) {
        own += entering(row, at / 4u * 4u)[at % 4u] * before[startA[part] + at * fours[part] + four];
      }
      workgroupBarrier();
      inner[thread] = own;
      workgroupBarrier();
      for (var r = slice; r < 4u * min(QUADS, fours[part] - first); r += SLICES) {
        var value = 0.0;
        for (var other = r / 4u; other < ${THREADS}u; other += QUADS) { value += inner[other][r % 4u]; }
        sum += value * after[startB[part] + (1u + 4u * first + r) * quads[part] + column / 4u];
      }
    }
    sums[(part - own) * ${THREADS}u + thread] = sum;
    if (thread % QUADS == 0u) { squares[slice] = square; }
  }
  workgroupBarrier();
  // A thread for each four columns adds up the slices.
  if (thread >= QUADS || column >= columns[own]) { return; }
  var value = vec4<f32>();
  var other = vec4<f32>();
  var length = 0.0;
  for (var i = 0u; i < SLICES; i++) {
    value += sums[thread + i * QUADS];
    other += sums[${THREADS}u + thread + i * QUADS];
    length += squares[i];
  }
  let scale = select(1.0, 1.0 / sqrt(length / f32(uniforms.inputs) + uniforms.epsilon), uniforms.norm == 1u);
  value = scale * value + after[startB[own] + column / 4u];
  if (both) { value = activate(value) * (scale * other + after[startB.y + column / 4u]); }
  let width = select(columns.x + columns.y + columns.z, columns.x, both);
  let i = row * width + vec3<u32>(0u, columns.x, columns.x + columns.y)[own] + column;
  if (uniforms.ending == ${TOKEN_ENDINGS.residual}u) { value += residual[i / 4u]; }
  out[i / 4u] = value;
}`,
  };
}

function readerOf(layout: TokenMatrixLayout): string {
  return `read_${layout.replace(' ', '_')}`;
}

/** A function of part, column and input: the square there, a column of it for one of the matrix; 0 for what is not there. */
function reader(layout: TokenMatrixLayout): string {
  const name = readerOf(layout);
  const columns = 'vec3<u32>(uniforms.columns0, uniforms.columns1, uniforms.columns2)[part]';
  if (layout !== 'inputs first' && layout !== 'outputs first') {
    return squareOfBlocks(name, layout, {
      parameters: 'part: u32, ',
      read: (i) => `fetch(part, ${i})`,
      lines: columns,
      width: 'uniforms.inputs',
    });
  }
  const inputsFirst = layout === 'inputs first';
  const [lines, width] = inputsFirst ? ['uniforms.inputs', 'columns'] : ['columns', 'uniforms.inputs'];
  const [line, at] = inputsFirst ? ['at', 'column'] : ['column', 'at'];
  const square = `mat4x4<f32>(${[0, 1, 2, 3].map((j) => `${name}_line(part, ${line} + ${j}u, ${at})`).join(', ')})`;
  return `
fn ${name}_line(part: u32, line: u32, at: u32) -> vec4<f32> {
  let columns = ${columns};
  if (line >= ${lines} || at >= ${width}) { return vec4<f32>(); }
  return bitcast<vec4<f32>>(fetch(part, (line * ${width} + at) / 4u));
}
fn ${name}(part: u32, column: u32, at: u32) -> mat4x4<f32> {
  return ${inputsFirst ? `transpose(${square})` : square};
}`;
}
