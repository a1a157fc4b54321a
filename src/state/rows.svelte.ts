/**
 * The rows of data sets, which stay in their worker: the page holds those in sight and some around them, and asks for
 * the others when they come into sight.
 */
import type { Row } from '../core/data/dataset';
import type { Mapping } from '../core/data/mapping';
import type { TextFile } from '../core/reading/read-texts';
import { EVERY_ROW } from '../core/data/row-filter';
import { AppError, fromErrorData, toErrorData } from '../core/errors';
import type { TokenTally } from '../core/text/token-tally';
import type { RowsClient } from '../worker/rows-client';
import type { ListedRow, RowView, VersionPlace } from '../worker/rows-protocol';

export type { ListedRow, RowView, VersionPlace };
type Client = Pick<RowsClient, 'count' | 'window' | 'row' | 'findingLines' | 'tokenTally' | 'export' | 'texts'>;

/** Rows that are held at most; several times what a screen shows. */
const MAX_HELD = 400;
/** Of all rows, those that are asked for at a time. */
const ROWS_AT_ONCE = 5_000;
/** Of each text and target in a list. */
const LISTED_CHARACTERS = 400;

export class Rows {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /** The rows of a version, to be shown as a list; at first all of them, in their order. */
  open(of: VersionPlace, rowCount: number): OpenRows {
    return new OpenRows(this.#client, of, rowCount);
  }

  /** The first `most` lines of a finding, ascending. */
  findingLines(of: VersionPlace, findingId: string, most: number): Promise<Int32Array> {
    return this.#client.findingLines(of, findingId, most);
  }

  /** How long the texts of a version are; null where tokens were not counted. */
  tokenTally(of: VersionPlace): Promise<TokenTally | null> {
    return this.#client.tokenTally(of);
  }

  /** The texts of a file that a model is to answer, read by the mapping of its data. */
  texts(file: File, mapping: Mapping | null, signal: AbortSignal): Promise<TextFile> {
    return this.#client.texts(file, mapping === null ? null : $state.snapshot(mapping), signal);
  }

  /** All rows of a version in their order, some thousands at a time. Throws `cancelled` when the signal fires. */
  async all(of: VersionPlace, rowCount: number, signal: AbortSignal): Promise<Row[]> {
    const view: RowView = { filter: EVERY_ROW, order: 'file' };
    const rows: Row[] = [];
    for (let from = 0; from < rowCount; from += ROWS_AT_ONCE) {
      const some = await this.#client.window(of, view, { from, to: Math.min(rowCount, from + ROWS_AT_ONCE) }, null);
      if (signal.aborted) throw new AppError('cancelled', 'Reading the rows was stopped.');
      for (const { row } of some) rows.push(row);
    }
    return rows;
  }

  /** All rows as a JSONL file. */
  export(of: VersionPlace): Promise<Blob> {
    return this.#client.export(of);
  }
}

export class OpenRows {
  readonly #client: Client;
  readonly #of: VersionPlace;
  #view: RowView = { filter: EVERY_ROW, order: 'file' };
  #count: number = $state(0);
  /** By index in the view; the first one was asked for longest ago. One counter says that it changed, not every index. */
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #held = new Map<number, ListedRow>();
  #wanted = { from: 0, to: 0 };
  #asking = false;
  /** Goes up with every arrival: what is drawn from `at` is drawn again. */
  #arrivals = $state(0);
  #error: AppError | null = $state.raw(null);

  constructor(client: Client, of: VersionPlace, rowCount: number) {
    this.#client = client;
    this.#of = of;
    this.#count = rowCount;
  }

  /** Why rows could not be read; null while they can. */
  get error(): AppError | null {
    return this.#error;
  }

  /** Rows of the view. */
  get count(): number {
    return this.#count;
  }

  /** The beginning of a row by its index in the view; undefined until it is there. */
  at(index: number): ListedRow | undefined {
    void this.#arrivals;
    return this.#held.get(index);
  }

  /** Fetches what is missing of the rows that are in sight now; what was wanted before and did not come is forgotten. */
  want(from: number, to: number): void {
    this.#wanted = { from, to: Math.min(to, from + MAX_HELD) };
    if (!this.#asking) void this.#fetch();
  }

  /**
   * Shows other rows, or the same in another order, once they are counted. Resolves with the index in them of the row
   * `near`, or of what comes next; rejects with `cancelled` when aborted, and all stays as it was.
   */
  async show(view: RowView, near: number | null, signal: AbortSignal): Promise<number> {
    const { count, at } = await this.#client.count(this.#of, view, near, signal);
    if (signal.aborted) throw new AppError('cancelled', 'Stopped.');
    this.#view = view;
    this.#count = count;
    this.#held.clear();
    this.#arrivals += 1;
    if (!this.#asking) void this.#fetch();
    return at;
  }

  /** A row in full. */
  full(rowId: number): Promise<ListedRow | null> {
    return this.#client.row(this.#of, rowId);
  }

  async #fetch(): Promise<void> {
    this.#asking = true;
    try {
      for (let missing = this.#missing(); missing !== null; missing = this.#missing()) {
        const view = this.#view;
        const rows = await this.#client.window(this.#of, view, missing, LISTED_CHARACTERS);
        // Other rows are shown meanwhile: these are of no use.
        if (view !== this.#view) continue;
        // A row that the version does not have would be asked for for ever.
        if (rows.length < missing.to - missing.from) {
          throw new AppError('not-found', 'A row of this data set is not in this browser any more.');
        }
        for (const [i, row] of rows.entries()) this.#hold(missing.from + i, row);
        this.#arrivals += 1;
      }
      this.#error = null;
    } catch (error) {
      this.#error = fromErrorData(toErrorData(error));
    }
    this.#asking = false;
  }

  /** From the first to the last row that is wanted and not there; null where none is. */
  #missing(): { from: number; to: number } | null {
    let { from } = this.#wanted;
    let to = Math.min(this.#wanted.to, this.#count);
    while (from < to && this.#held.has(from)) from += 1;
    while (from < to && this.#held.has(to - 1)) to -= 1;
    return from < to ? { from, to } : null;
  }

  #hold(index: number, row: ListedRow): void {
    this.#held.delete(index);
    this.#held.set(index, row);
    const [oldest] = this.#held.keys();
    if (this.#held.size > MAX_HELD && oldest !== undefined) this.#held.delete(oldest);
  }
}
