/**
 * Which rows a view shows, in its order, as their ids: 4 bytes a row. Made by going through the chunks once, and kept for
 * the view that was asked for last, so that scrolling through it reads only the rows in sight.
 */
import type { Dataset, DatasetVersion, Row } from '../core/data/dataset';
import { sortLabels } from '../core/data/label-map';
import { letsAll, rowMatcher } from '../core/data/row-filter';
import { firstFrom, listRows, type RowSet } from '../core/data/row-set';
import { AppError } from '../core/errors';
import type { CountedRow } from '../storage/row-changes';
import { getRowsAt, getRowsById, placeOf, rowChunks } from '../storage/rows';
import type { HoneDatabase } from '../storage/schema';
import type { RowView } from './rows-protocol';

export interface ViewedVersion {
  dataset: Dataset;
  version: DatasetVersion;
  /** Rows of each finding of the version. */
  ofFinding: ReadonlyMap<string, RowSet>;
}

export class RowIndex {
  readonly #database: HoneDatabase;
  /** The last view, and its ids. */
  #last: { key: string; ids: Int32Array } | null = null;

  constructor(database: HoneDatabase) {
    this.#database = database;
  }

  /** Number of rows in a view, and the index of the row `near`, or of the next one of the file where it is not in it. */
  async count(
    of: ViewedVersion,
    view: RowView,
    near: number | null,
    signal: AbortSignal,
  ): Promise<{ count: number; at: number }> {
    const ids = await this.#idsOf(of, view, signal);
    const count = ids?.length ?? of.version.rowCount;
    if (near === null) return { count, at: 0 };
    const at =
      ids === null
        ? await placeOf(this.#database, of.dataset, of.version.number, near)
        : view.order === 'file'
          ? firstFrom(ids, near)
          : ids.indexOf(near);
    return { count, at: Math.max(0, Math.min(at, count - 1)) };
  }

  /** Rows `from` to `to` of a view. */
  async window(
    of: ViewedVersion,
    view: RowView,
    from: number,
    to: number,
    signal: AbortSignal,
  ): Promise<(CountedRow | undefined)[]> {
    const { dataset, version } = of;
    const ids = await this.#idsOf(of, view, signal);
    if (ids !== null) return getRowsById(this.#database, dataset, version.number, ids.subarray(from, to));
    const end = Math.min(to, version.rowCount);
    const places = Int32Array.from({ length: Math.max(0, end - from) }, (_, i) => from + i);
    return getRowsAt(this.#database, dataset, version.number, places);
  }

  /** Null for all rows in their order, which need no list. */
  async #idsOf(of: ViewedVersion, view: RowView, signal: AbortSignal): Promise<Int32Array | null> {
    const { filter, order } = view;
    if (letsAll(filter) && order === 'file') return null;
    const { dataset, version, ofFinding } = of;
    // Rows of a version stay the same; its findings and token counts may come later.
    const found = version.findings.map(({ id, rowCount }) => [id, rowCount]);
    const key = JSON.stringify([dataset.id, version.number, filter, order, found, version.tokenTally === undefined]);
    if (this.#last?.key === key) return this.#last.ids;
    const rows = filter.findingId === null ? null : (ofFinding.get(filter.findingId) ?? NO_ROWS);
    const byFindingAlone = rows !== null && order === 'file' && letsAll({ ...filter, findingId: null });
    const ids = byFindingAlone ? listRows(rows) : await this.#scan(of, view, rows, signal);
    this.#last = { key, ids };
    return ids;
  }

  async #scan(
    { dataset, version }: ViewedVersion,
    { filter, order }: RowView,
    rows: RowSet | null,
    signal: AbortSignal,
  ): Promise<Int32Array> {
    const matches = rowMatcher(filter, rows);
    const ids = new Int32Array(version.rowCount);
    const keys = order === 'file' ? null : new Float64Array(version.rowCount);
    const keyOf = sortKey(order, version);
    let count = 0;
    for await (const chunk of rowChunks(this.#database, dataset, version.number)) {
      if (signal.aborted) throw new AppError('cancelled', 'Stopped.');
      for (const [i, row] of chunk.rows.entries()) {
        if (!matches(row)) continue;
        // What comes after the key is the place, so that equal keys keep the order of the file.
        if (keys !== null) keys[count] = keyOf(row, chunk.tokenCounts?.[i] ?? null) * PLACES + count;
        ids[count++] = row.rowId;
      }
    }
    const found = ids.slice(0, count);
    if (keys === null) return found;
    const sorted = keys.subarray(0, count).sort();
    return found.map((_, i) => found[(((sorted[i] ?? 0) % PLACES) + PLACES) % PLACES] ?? 0);
  }
}

const NO_ROWS: RowSet = { kind: 'list', count: 0, ids: new Int32Array(0) };
/** More than the rows of a version; times a key it stays within the whole numbers that a double tells apart. */
const PLACES = 2 ** 22;

function sortKey(order: RowView['order'], version: DatasetVersion): (row: Row, tokens: number | null) => number {
  switch (order) {
    case 'file':
      return () => 0;
    case 'label': {
      const ranks = new Map(sortLabels(version.labels.map(({ label }) => label)).map((label, rank) => [label, rank]));
      return ({ target }) => ranks.get(target) ?? 0;
    }
    case 'shortest':
      return lengthOf;
    case 'longest':
      return (row, tokens) => -lengthOf(row, tokens);
    default:
      return order satisfies never;
  }
}

/** In tokens; in characters where these were not counted. */
function lengthOf({ text }: Row, tokens: number | null): number {
  return tokens ?? text.length;
}
