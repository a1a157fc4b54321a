/**
 * What the page asks of the rows of a data set: they stay in the worker and on the disk, and the page holds those in
 * sight. The first message is `open`, as to the other workers.
 */
import type { Row } from '../core/data/dataset';
import type { Mapping } from '../core/data/mapping';
import type { RowFilter, RowOrder } from '../core/data/row-filter';
import type { TextFile } from '../core/reading/read-texts';
import type { ErrorData } from '../core/errors';
import type { TokenTally } from '../core/text/token-tally';
import type { OpenCommand } from './protocol';

/** The version of a data set that is meant. */
export interface VersionPlace {
  datasetId: string;
  version: number;
}

/** Some rows of a version, in some order: what a table shows. */
export interface RowView {
  filter: RowFilter;
  order: RowOrder;
}

export interface ListedRow {
  row: Row;
  /** Before any cut; null where tokens were not counted. */
  tokens: number | null;
  /** Ids of the findings that are about it. */
  findingIds: string[];
}

/** How many rows a view has, and the index in it of a row that was asked for or of what comes next in the file. */
export interface RowCount {
  count: number;
  at: number;
}

export type RowsCommand =
  | OpenCommand
  /** `near`: id of the row that is looked at, null for none. */
  | (VersionPlace & RowView & { type: 'count'; requestId: string; near: number | null })
  /** Rows `from` (zero-based) to `to` (exclusive) of a view. With `characters`, no more than the beginning of each text. */
  | (VersionPlace &
      RowView & { type: 'window'; requestId: string; from: number; to: number; characters: number | null })
  /** One row in full. */
  | (VersionPlace & { type: 'row'; requestId: string; rowId: number })
  /** The first lines of a finding, at most `most`. */
  | (VersionPlace & { type: 'finding-lines'; requestId: string; findingId: string; most: number })
  | (VersionPlace & { type: 'token-tally'; requestId: string })
  /** All rows as JSONL. */
  | (VersionPlace & { type: 'export'; requestId: string })
  /** The texts of a file that a model is to answer, read by the mapping of its data. */
  | { type: 'texts'; requestId: string; file: Blob; fileName: string; mapping: Mapping | null }
  /** Stops a count, an export or a reading. */
  | { type: 'cancel-request'; requestId: string };

export type RowsEvent =
  | ({ type: 'counted'; requestId: string } & RowCount)
  | { type: 'rows'; requestId: string; rows: ListedRow[] }
  | { type: 'row'; requestId: string; row: ListedRow | null }
  | { type: 'lines'; requestId: string; lines: Int32Array<ArrayBuffer> }
  | { type: 'token-tally'; requestId: string; tally: TokenTally | null }
  | { type: 'exported'; requestId: string; file: Blob }
  | { type: 'texts'; requestId: string; texts: TextFile }
  | { type: 'failed'; requestId: string; error: ErrorData };
