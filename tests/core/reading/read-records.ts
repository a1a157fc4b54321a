/** Reads bytes to records, without a reading of fields. */
import type { DataRecord } from '../../../src/core/reading/field-names';
import { type FileLayout, FileReading, type FileReadingOptions } from '../../../src/core/reading/file-reading';
import { ReadingNotes } from '../../../src/core/reading/reading-notes';
import { bytesOf } from '../import/import-text';

export interface ReadRecords {
  records: DataRecord[];
  lines: number[];
  header: readonly string[] | null;
  layout: FileLayout;
  /** Reasons of the rows left out. */
  leftOut: string[];
  /** Everything else that was noted, with its count. */
  notes: Record<string, number>;
}

export function readBytes(
  bytes: Uint8Array,
  options: Partial<FileReadingOptions> = {},
  chunkBytes = bytes.length || 1,
): ReadRecords {
  const records: DataRecord[] = [];
  const lines: number[] = [];
  let header: readonly string[] | null = null;
  const notes = new ReadingNotes();
  const reading = new FileReading(
    { fileName: 'data.txt', ...options },
    {
      notes,
      record: (record, line) => {
        // Columns come without a prototype.
        records.push({ ...record });
        lines.push(line);
      },
      header: (names) => (header = names),
    },
  );
  for (let i = 0; i < bytes.length; i += chunkBytes) reading.push(bytes.subarray(i, i + chunkBytes));
  const layout = reading.end();
  const leftOut = notes.leftOutRows().map(({ reason }) => reason);
  const counts = notes.findings().map(({ id, count }): [string, number] => [id, count]);
  return { records, lines, header, layout, leftOut, notes: Object.fromEntries(counts) };
}

export function readText(text: string, options: Partial<FileReadingOptions> = {}): ReadRecords {
  return readBytes(bytesOf(text), options);
}
