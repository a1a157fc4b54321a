/** Where the readers of every layout put what they read. */
import type { DataRecord } from './field-names';
import type { ReadingNotes } from './reading-notes';

/** Takes the records in file order; `size` is about the bytes it was read from. */
export interface RecordSink {
  readonly notes: ReadingNotes;
  record(record: DataRecord, line: number, size: number): void;
  /** The column names of a table, before its first record. */
  header(names: readonly string[], line: number): void;
}
