/**
 * What a version changes over its base, chunk by chunk, as plain values. Rows stand in the order of their ids, and a
 * chunk is a range of ids; so the changes of a chunk are put over it by going through both once.
 */
import type { Row, RowSpan } from '../core/data/dataset';
import { AppError } from '../core/errors';

/** Rows of one chunk with their tokens; null where those of some are not known. */
export interface Chunk {
  rows: Row[];
  tokenCounts: Int32Array | null;
}

/** A row with its tokens before any cut; null where they are not known. */
export interface CountedRow {
  row: Row;
  tokens: number | null;
}

/** What changes in one chunk, both in the order of their ids. */
export interface ChunkChanges {
  /** Rows with other content, and rows that the base does not have. */
  put: CountedRow[];
  /** Ids that the base has and this version does not. */
  removed: number[];
}

/** Place of the chunk that holds a row of this id, or would hold it. */
export function chunkOf(spans: readonly RowSpan[], rowId: number): number {
  let [low, high] = [0, spans.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle]?.firstRowId ?? 0) <= rowId) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

/** The rows of a chunk, each with its tokens. */
export function countedRows({ rows, tokenCounts }: Chunk): CountedRow[] {
  return rows.map((row, i) => ({ row, tokens: tokenCounts?.[i] ?? null }));
}

export function chunkFrom(counted: readonly CountedRow[]): Chunk {
  const known = counted.every(({ tokens }) => tokens !== null);
  return {
    rows: counted.map(({ row }) => row),
    tokenCounts: known ? Int32Array.from(counted, ({ tokens }) => tokens ?? 0) : null,
  };
}

/** A chunk with its changes. Throws `internal` where a row is removed that is not there: the base is another one. */
export function applyChanges(base: Chunk, { put, removed }: ChunkChanges): Chunk {
  const counted: CountedRow[] = [];
  let [at, gone] = [0, 0];
  for (const one of countedRows(base)) {
    const { rowId } = one.row;
    for (let next = put[at]; next !== undefined && next.row.rowId < rowId; next = put[++at]) counted.push(next);
    const changed = put[at]?.row.rowId === rowId ? put[at++] : undefined;
    if (removed[gone] === rowId) gone += 1;
    else counted.push(changed ?? one);
  }
  for (const next of put.slice(at)) counted.push(next);
  if (gone < removed.length) throw new AppError('internal', `Row ${removed[gone] ?? 0} is removed and was not there.`);
  return chunkFrom(counted);
}

/** What makes `after` out of `before`. */
export function diffChunk(before: readonly CountedRow[], after: readonly CountedRow[]): ChunkChanges {
  const changes: ChunkChanges = { put: [], removed: [] };
  let at = 0;
  for (const { row } of before) {
    for (let next = after[at]; next && next.row.rowId < row.rowId; next = after[++at]) changes.put.push(next);
    const next = after[at];
    if (next?.row.rowId !== row.rowId) changes.removed.push(row.rowId);
    else {
      at += 1;
      if (!isSame(row, next.row)) changes.put.push(next);
    }
  }
  for (const next of after.slice(at)) changes.put.push(next);
  return changes;
}

function isSame(a: Row, b: Row): boolean {
  return (
    a.text === b.text &&
    a.target === b.target &&
    a.line === b.line &&
    a.together === b.together &&
    a.part === b.part &&
    isSameChat(a, b)
  );
}

function isSameChat(a: Row, b: Row): boolean {
  if (a.messages === undefined && b.messages === undefined) return true;
  return JSON.stringify([a.messages, a.tools]) === JSON.stringify([b.messages, b.tools]);
}
