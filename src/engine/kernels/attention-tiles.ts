/**
 * What the three programs of attention share. A workgroup has a block of `rows` tokens of one head (queries; keys in
 * the gradient of keys and values) and walks along the tokens of the other side, `rows` at a time. All products are of
 * tiles in workgroup memory, a few rows by four columns to a thread, so that code stays small and few registers are
 * wanted at any head size. Heads are read where they lie in the packed matrix [tokens, query | key | value]; several
 * of queries may share one of keys and values.
 *
 * Tiles of heads are rows·headSize numbers, of scores rows²; three and one of them are 16 KiB at most.
 * Every sum has one order; nothing depends on which group runs when.
 */
import { COUNTED_TOKENS, PAIR_SEED, RANDOM_BITS } from './dropout';

/** What the code of the programs depends on. */
export interface AttentionCode {
  headSize: number;
  /** Tokens of one block, from `blockRows`. */
  rows: number;
  /** A token sees itself and those before it. */
  causal: boolean;
}

/** A block of 8 tokens of larger heads would not fit. */
export const MOST_HEAD_SIZE = 128;

/** The fields that every program asks for. */
export const ATTENTION_UNIFORMS = [
  'groups: u32', // that have work
  'tokens: u32',
  'heads: u32',
  'keyValueHeads: u32',
  'scale: f32', // 1/√headSize
  'seed: u32',
  'threshold: u32', // see dropout.ts
  'keepScale: f32', // 1/(1 − rate)
  'firstPair: u32', // pairs of text and head in the step before these
  // vec4 in a head and in a row of scores. The code knows them; but a loop up to a uniform is unrolled by no compiler.
  // Each turn is a block of products, so that unrolling gains nothing, and a software adapter compiled for a minute.
  'vectors: u32',
  'columns: u32',
] as const;

/**
 * Tokens of one block: as many as memory allows. Also for short texts: sums run block by block, and a text has the same
 * bits however far it is padded, and so whatever it shares its batch with.
 */
export function blockRows(headSize: number): number {
  return headSize <= 32 ? 32 : headSize <= 64 ? 16 : 8;
}

/** How a buffer of rows of heads is declared. */
export function rowsOf(buffer: string, headSize: number): string {
  return `${buffer}: array<${headSize % 4 === 0 ? 'vec4<f32>' : 'f32'}>`;
}

/** Of which matrix a row of heads is: `packed` has those of queries, keys and values side by side. */
export type Rows = 'packed' | 'of queries';

/** Where a head's numbers begin, in the heads of that row; `head` counts those of the part. */
function headStart(rows: Rows): string {
  if (rows === 'of queries') return '(row * uniforms.heads + head)';
  const before = 'select(uniforms.heads + (part - 1u) * uniforms.keyValueHeads, 0u, part == 0u)';
  return `(row * (uniforms.heads + 2u * uniforms.keyValueHeads) + ${before} + head)`;
}

/** `fn NAME(row, part, head, i) -> vec4<f32>`: four numbers of a head of queries (part 0), keys (1) or values (2). */
export function reader(name: string, buffer: string, rows: Rows, headSize: number): string {
  const signature = `fn ${name}(row: u32, part: u32, head: u32, i: u32) -> vec4<f32>`;
  const start = headStart(rows);
  if (headSize % 4 === 0) return `${signature} { return ${buffer}[${start} * ${headSize / 4}u + i]; }`;
  return `${signature} {
  let start = ${start} * ${headSize}u;
  var four = vec4<f32>();
  for (var c = 4u * i; c < min(4u * i + 4u, ${headSize}u); c++) { four[c % 4u] = ${buffer}[start + c]; }
  return four;
}`;
}

/** `fn NAME(row, part, head, i, four)`, the way back of `reader`. */
export function writer(name: string, buffer: string, rows: Rows, headSize: number): string {
  const signature = `fn ${name}(row: u32, part: u32, head: u32, i: u32, four: vec4<f32>)`;
  const start = headStart(rows);
  if (headSize % 4 === 0) return `${signature} { ${buffer}[${start} * ${headSize / 4}u + i] = four; }`;
  return `${signature} {
  let start = ${start} * ${headSize}u;
  for (var c = 4u * i; c < min(4u * i + 4u, ${headSize}u); c++) { ${buffer}[start + c] = four[c % 4u]; }
}`;
}

/** `fn kept(x, seed, positions)`: dropout of four probabilities, or of their gradients; nothing for a threshold of 0. */
export const KEPT = `${RANDOM_BITS}${PAIR_SEED}
fn kept(x: vec4<f32>, seed: u32, positions: vec4<u32>) -> vec4<f32> {
  if (uniforms.threshold == 0u) { return x; }
  var four = x * uniforms.keepScale;
  for (var c = 0u; c < 4u; c++) {
    if (randomBits(seed, positions[c]) < uniforms.threshold) { four[c] = 0.0; }
  }
  return four;
}`;

/** The pieces of code for one head size and block. `own`: what of a text's tokens a group has. */
export function tiles({ headSize, rows, causal }: AttentionCode, own: 'queries' | 'keys' = 'queries') {
  const threads = rows === 32 ? 128 : 64;
  const vectors = Math.ceil(headSize / 4);
  const columns = rows / 4;
  // Scores: `columns` threads beside each other, each with some rows.
  const scoreRows = Math.max(1, (rows * columns) / threads);
  // Sums of rows: a thread for each vec4 of the head, each with some rows.
  const beside = 2 ** Math.ceil(Math.log2(vectors));
  const sumRows = Math.max(1, (rows * beside) / threads);
  const count = (length: number) => Array.from({ length }, (_, a) => a);
  const each = (numbers: number[]) => (line: (a: number) => string) => numbers.map(line).join('\n    ');
  const eachScore = each(count(scoreRows));
  const eachSum = each(count(sumRows));
  const four = (line: (b: number) => string) => [0, 1, 2, 3].map(line);

  return {
    columns,
    eachScore,
    eachSum,
    name: `${headSize}-${rows}${causal ? '-causal' : ''}`,

    /** A tile of rows of heads: `var<workgroup> NAME`. */
    headTile: (name: string) => `var<workgroup> ${name}: array<vec4<f32>, ${rows * vectors}>;`,
    /** A tile of scores. */
    scoreTile: (name: string) => `var<workgroup> ${name}: array<vec4<f32>, ${rows * columns}>;`,

    /** Opens `main`: which tokens are this group's, and which of a tile's numbers this thread's. */
    opening: `
// Where a tile has the vec4 i of a row: turned by the row, so that threads that read a column meet no bank twice.
fn spot(row: u32, i: u32) -> u32 { return row * ${vectors}u + (i + row) % ${vectors}u; }
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let number = flatGroup(group, groups);
  if (number >= uniforms.groups) { return; }
  let tokens = uniforms.tokens;
  let blocks = (tokens + ${rows - 1}u) / ${rows}u;
  let sharing = uniforms.heads / uniforms.keyValueHeads; // heads of queries with the same keys
${
  own === 'queries'
    ? `  let pair = number / blocks; // of text and head
  let maskRow = (uniforms.firstPair + pair) * ${COUNTED_TOKENS}u; // of query 0
  let head = pair % uniforms.heads;
  let keyHead = head / sharing;
  let text = pair / uniforms.heads;`
    : `  let keyHead = number / blocks % uniforms.keyValueHeads;
  let text = number / blocks / uniforms.keyValueHeads;`
}
  let textRow = text * tokens;
  let block = (number % blocks) * ${rows}u;
  let length = clamp(u32(lengths[text]), 1u, tokens);
  // A block of padding has nothing to walk along.
  let end = select(${own === 'queries' && causal ? `min(length, block + ${rows}u)` : 'length'}, 0u, block >= length);
  // Threads that are left over in small blocks do what another does, and write nothing.
  let scoreRow = min((local / ${columns}u) * ${scoreRows}u, ${rows - scoreRows}u);
  let scoreColumn = local % ${columns}u;
  let scoring = local < ${(rows / scoreRows) * columns}u;
  // A thread's four scores of a row are a quarter of the tile apart.
  let others = vec4<u32>(0u, ${columns}u, ${2 * columns}u, ${3 * columns}u) + scoreColumn;
  let sumRow = min((local / ${beside}u) * ${sumRows}u, ${rows - sumRows}u);
  let sumColumn = min(local % ${beside}u, ${vectors - 1}u);
  let summing = local < ${(rows / sumRows) * beside}u && local % ${beside}u < ${vectors}u;`,

    /** `tile` = `times` · rows `first` … of a head, zeros from the text's end on. */
    load: (tile: string, from: string, part: 0 | 1 | 2, first: string, times = '1.0') => `
    for (var i = local; i < ${rows}u * uniforms.vectors; i += ${threads}u) {
      let row = i / ${vectors}u;
      var numbers = vec4<f32>();
      if (${first} + row < length) {
        numbers = ${times} * ${from}(textRow + ${first} + row, ${part}u, ${part === 0 ? 'head' : 'keyHead'}, i % ${vectors}u);
      }
      ${tile}[spot(row, i % ${vectors}u)] = numbers;
    }`,

    /** Which of four are `real` and not behind: query and key, one of them four. */
    seen: (real: string, query: string, key: string) => `(${real} & (vec4<u32>(${key}) <= vec4<u32>(${query})))`,

    /** The seed of a tile's dropout, from the first query and the first key of it. */
    seed: (query: string, key: string) => `pairSeed(${query}, ${key})`,

    /** Where a probability stands in the step, whose texts are counted as if padded alike: its place in dropout. */
    position: (query: string, key: string) =>
      `(maskRow + (${query}) % ${COUNTED_TOKENS}u) * ${COUNTED_TOKENS}u + (${key}) % ${COUNTED_TOKENS}u`,

    /** to0, to1, … = own rows · other rows, for this thread's scores */
    scores: (to: string, own: string, other: string) => `
    ${eachScore((a) => `var ${to}${a} = vec4<f32>();`)}
    for (var k = 0u; k < uniforms.vectors; k++) {
      ${four((b) => `let other${b} = ${other}[spot(others[${b}], k)];`).join('\n      ')}
      ${eachScore(
        (a) => `let own${a} = ${own}[spot(scoreRow + ${a}u, k)];
      ${to}${a} += vec4<f32>(${four((b) => `dot(own${a}, other${b})`).join(', ')});`,
      )}
    }`,

    /** to0, to1, … += scores · other rows, for this thread's part of the head */
    addRows: (to: string, mix: string, other: string) => `
    for (var k = 0u; k < uniforms.columns; k++) {
      ${four((b) => `let other${b} = ${other}[spot(k + ${b * columns}u, sumColumn)];`).join('\n      ')}
      ${eachSum(
        (a) => `let mix${a} = ${mix}[(sumRow + ${a}u) * ${columns}u + k];
      ${to}${a} += ${four((b) => `mix${a}[${b}] * other${b}`).join(' + ')};`,
      )}
    }`,
  };
}
