/**
 * The rows of data sets, which stay in their worker: the page holds those in sight and some around them, and asks for
 * the others when they come into sight.
 */
import type { Mapping } from '../core/data/mapping';
import type { TextFile } from '../core/reading/read-texts';
import { AppError, fromErrorData, toErrorData } from '../core/errors';
import type { TokenTally } from '../core/text/token-tally';
import type { RowsClient } from '../worker/rows-client';
import type { PlacedRow, RowSearch, VersionPlace } from '../worker/rows-protocol';

export type { PlacedRow, RowSearch, VersionPlace };
type Client = Pick<RowsClient, 'rows' | 'search' | 'tokenTally' | 'export' | 'texts'>;

/** Rows that are held at most; several times what a screen shows. */
const MAX_HELD = 400;
/** Of each text and target in a list. */
const LISTED_CHARACTERS = 400;

export class Rows {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /** The rows of a version, to be shown as a list. */
  open(of: VersionPlace): OpenRows {
    return new OpenRows(this.#client, of);
  }

  /** How long the texts of a version are; null where tokens were not counted. */
  tokenTally(of: VersionPlace): Promise<TokenTally | null> {
    return this.#client.tokenTally(of);
  }

  /** The texts of a file that a model is to answer, read by the mapping of its data. */
  texts(file: File, mapping: Mapping | null, signal: AbortSignal): Promise<TextFile> {
    return this.#client.texts(file, mapping === null ? null : $state.snapshot(mapping), signal);
  }

  /** All rows as a JSONL file. */
  export(of: VersionPlace): Promise<Blob> {
    return this.#client.export(of);
  }
}

export class OpenRows {
  readonly #client: Client;
  readonly #of: VersionPlace;
  /** By place; the first one was asked for longest ago. One counter says that it changed, not every place for itself. */
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #held = new Map<number, PlacedRow>();
  #wanted: readonly number[] = [];
  #asking = false;
  /** Goes up with every arrival: what is drawn from `at` is drawn again. */
  #arrivals = $state(0);
  #error: AppError | null = $state.raw(null);

  constructor(client: Client, of: VersionPlace) {
    this.#client = client;
    this.#of = of;
  }

  /** Why rows could not be read; null while they can. */
  get error(): AppError | null {
    return this.#error;
  }

  /** The beginning of a row; undefined until it is there. */
  at(place: number): PlacedRow | undefined {
    void this.#arrivals;
    return this.#held.get(place);
  }

  /** Fetches what is missing of the rows that are in sight now; what was wanted before and did not come is forgotten. */
  want(places: readonly number[]): void {
    this.#wanted = places.slice(0, MAX_HELD);
    if (!this.#asking) void this.#fetch();
  }

  /** A row in full. */
  async full(place: number): Promise<PlacedRow | undefined> {
    return (await this.#client.rows(this.#of, [place], null))[0];
  }

  /** Places of the rows that match, ascending; rejects with `cancelled` when aborted. */
  search(search: RowSearch, signal: AbortSignal): Promise<Int32Array> {
    return this.#client.search(this.#of, search, signal);
  }

  async #fetch(): Promise<void> {
    this.#asking = true;
    try {
      for (let missing = this.#missing(); missing.length > 0; missing = this.#missing()) {
        const rows = await this.#client.rows(this.#of, missing, LISTED_CHARACTERS);
        for (const [i, place] of missing.entries()) this.#hold(place, rows[i]);
        this.#arrivals += 1;
      }
      this.#error = null;
    } catch (error) {
      this.#error = fromErrorData(toErrorData(error));
    }
    this.#asking = false;
  }

  #missing(): number[] {
    return this.#wanted.filter((place) => !this.#held.has(place));
  }

  #hold(place: number, row: PlacedRow | undefined): void {
    // A place that the version does not have would be asked for for ever.
    if (row === undefined) throw new AppError('not-found', 'A row of this data set is not in this browser any more.');
    this.#held.set(place, row);
    const [oldest] = this.#held.keys();
    if (this.#held.size > MAX_HELD && oldest !== undefined) this.#held.delete(oldest);
  }
}
