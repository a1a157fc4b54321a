/**
 * What the page asks of the rows of a data set: they stay in the worker and on the disk, and the page holds those in
 * sight. The first message is `open`, as to the other workers.
 */
import type { Row } from '../core/data/dataset';
import type { Mapping } from '../core/data/mapping';
import type { TextFile } from '../core/reading/read-texts';
import type { ErrorData } from '../core/errors';
import type { TokenTally } from '../core/text/token-tally';
import type { OpenCommand } from './protocol';

/** The version of a data set that is meant. */
export interface VersionPlace {
  datasetId: string;
  version: number;
}

/** A search over all rows of a version. */
export interface RowSearch {
  /** Looked for in text and target; empty = all. */
  words: string;
  target: string | null;
  /** Only rows of this finding's lines; null = all. */
  findingId: string | null;
}

/** A row at its place in the version. */
export interface PlacedRow {
  row: Row;
  /** Before any cut; null where tokens were not counted. */
  tokens: number | null;
}

export type RowsCommand =
  | OpenCommand
  /** Rows by their places, ascending. With `characters`, no more than the beginning of each text and target. */
  | (VersionPlace & { type: 'rows'; requestId: string; places: readonly number[]; characters: number | null })
  | (VersionPlace & { type: 'search'; requestId: string; search: RowSearch })
  | (VersionPlace & { type: 'token-tally'; requestId: string })
  /** All rows as JSONL. */
  | (VersionPlace & { type: 'export'; requestId: string })
  /** The texts of a file that a model is to answer, read by the mapping of its data. */
  | { type: 'texts'; requestId: string; file: Blob; fileName: string; mapping: Mapping | null }
  /** Stops a search, an export or a reading. */
  | { type: 'cancel-request'; requestId: string };

export type RowsEvent =
  | { type: 'rows'; requestId: string; rows: (PlacedRow | undefined)[] }
  /** Places of the rows that match, ascending. */
  | { type: 'found'; requestId: string; places: Int32Array }
  | { type: 'token-tally'; requestId: string; tally: TokenTally | null }
  | { type: 'exported'; requestId: string; file: Blob }
  | { type: 'texts'; requestId: string; texts: TextFile }
  | { type: 'failed'; requestId: string; error: ErrorData };
