/**
 * Reads a file of examples from a stream of bytes: tells what it is, cuts it into records, reads each as text and
 * target, and says everything that is worth saying. One pass, holding the usable rows and one line.
 *
 * Throws only where there is nothing to go on with: `file-not-text`, `file-empty`, `file-unreadable`, `data-unusable` (more than
 * `MAX_ROWS` rows) and `cancelled`. Bad rows are left out, counted and listed.
 */
import { AppError } from '../errors';
import { formatCount } from '../words/numbers';
import { excerpt } from '../words/excerpt';
import type { FoundFinding } from '../data/finding';
import { readingFindings } from '../quality/reading';
import { bySeverity, DEFAULT_CONTEXT, runFindings } from '../quality/registry';
import type { LabelCount, LeftOutReason, Row } from '../data/dataset';
import type { Task } from '../data/mapping';
import type { FieldInfo } from '../data/reading-record';
import { unusedFields } from '../reading/field-census';
import type { Encoding } from '../data/reading-record';
import type { Mapping } from '../data/mapping';
import { FileReading, type FileLayout } from '../reading/file-reading';
import { joinSpellings } from '../reading/label-spellings';
import { makeOffers } from '../reading/offers';
import type { Offer } from '../data/reading-record';
import type { LeftOutRow } from '../reading/reading-notes';
import type { ReadingExample, ReadingRecord } from '../data/reading-record';
import { MAX_ROWS, RowCollector } from '../reading/row-collector';
import { settleConversations } from '../data/conversations';
import { countLabels, inferTask } from '../data/task';

export interface ImportOptions {
  fileName: string;
  /** Size of the file, for progress; 0 where it is not known. */
  fileBytes: number;
  /** What a person chose instead of what was recognised. */
  mapping?: Partial<Mapping> | undefined;
  task?: Task | undefined;
  /** Called about two hundred times over a file, at least a mebibyte apart, and at the end. */
  onProgress?: (bytesRead: number, rows: number) => void;
  /** Called while the rows are checked, with the share (0–1) of the checks that ran. */
  onCheck?: (share: number) => void;
  /** Looked at before every mebibyte. */
  signal?: { readonly aborted: boolean } | undefined;
}

export interface ImportResult {
  rows: Row[];
  /** The first id that none of the file's records has. */
  nextRowId: number;
  task: Task;
  mapping: Mapping;
  /** Labels with their row counts, most frequent first; empty for generation. */
  labels: LabelCount[];
  /** How many rows could not be used, and the first 10,000 of them. */
  leftOut: number;
  leftOutRows: LeftOutRow[];
  /** How many for each reason; they add up to `leftOut`. */
  leftOutReasons: LeftOutReason[];
  /** What was come upon while reading, then what the rows themselves show (`runFindings` without token counts). */
  findings: FoundFinding[];
  /** Other ways to read the same file: import it again with an offer's `task` and `mapping`. */
  offers: Offer[];
  /** All fields seen, in file order, for a choice of mapping. */
  fields: FieldInfo[];
  /** Why the file is read so, what is in doubt, and what else could be chosen: kept with the data set. */
  reading: ReadingRecord;
  /** What the file is written in; it was read as UTF-8 from there. */
  encoding: Encoding;
}

const MEBIBYTE = 1024 * 1024;

/** Reads all of `source`; see the header for what it throws. */
export async function importDataset(source: AsyncIterable<Uint8Array>, options: ImportOptions): Promise<ImportResult> {
  const collector = new RowCollector(options.mapping);
  const reading = new FileReading(options, collector);
  let bytesRead = 0;
  let told = 0;
  const step = Math.max(MEBIBYTE, options.fileBytes / 200);
  for await (const chunk of readable(source)) {
    for (let start = 0; start < chunk.length; start += MEBIBYTE) {
      if (options.signal?.aborted) throw new AppError('cancelled', 'Opening the file was cancelled. Nothing was kept.');
      const part = chunk.subarray(start, start + MEBIBYTE);
      bytesRead += part.length;
      reading.push(part);
      if (bytesRead - told >= step) {
        told = bytesRead;
        refuseTooMany(bytesRead, options.fileBytes, collector.rows.length);
        options.onProgress?.(bytesRead, collector.rows.length);
      }
    }
  }
  if (options.signal?.aborted) throw new AppError('cancelled', 'Opening the file was cancelled. Nothing was kept.');
  const layout = reading.end();
  collector.end();
  options.onProgress?.(bytesRead, collector.rows.length);
  return summarise(collector, layout, options);
}

/** From so many bytes on the rest of a file is judged by them. */
const TELLING_BYTES = 4 * MEBIBYTE;

/** Refuses a file that by what was read of it holds far more rows than can be kept: its end need not be waited for. */
function refuseTooMany(bytesRead: number, fileBytes: number, rows: number): void {
  if (bytesRead < TELLING_BYTES || fileBytes <= bytesRead) return;
  const expected = (rows * fileBytes) / bytesRead;
  // The less is read, the more the rest may differ from it.
  const margin = bytesRead < fileBytes / 10 ? 3 : 1.5;
  if (expected < margin * MAX_ROWS) return;
  const about = Number(expected.toPrecision(2));
  const message =
    `By its beginning the file has about ${formatCount(about)} rows, more than the ${formatCount(MAX_ROWS)} that a page ` +
    'can hold. Take a part of it: a few thousand rows per label are plenty for a model of this size.';
  throw new AppError('data-unusable', message, { details: { expected } });
}

/** The same chunks; a file that cannot be read to its end is an error of its own. */
async function* readable(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* source;
  } catch (error) {
    if (error instanceof AppError || (error instanceof Error && error.name === 'AbortError')) throw error;
    const message =
      'The file could not be read to its end. It may have been moved, changed or locked since it was chosen. ' +
      'Choose it again; nothing was kept.';
    throw new AppError('file-unreadable', message, { cause: error });
  }
}

/** What is said where of a chat only question and answer are read. */
const REDUCED: ReadonlySet<string> = new Set(['chat-reduced', 'tool-calls']);

function summarise(collector: RowCollector, layout: FileLayout, options: ImportOptions): ImportResult {
  const { rows, notes, reading, guess } = collector;
  const found = countLabels(rows);
  const task = options.task ?? inferTask(reading, rows, found);
  settleConversations(rows, task);
  const joined = task === 'classification' && joinSpellings(rows, found, reading.spellings, notes);
  const targets = joined ? countLabels(rows) : found;
  const fields = collector.census.list();
  const unused = unusedFields(fields, reading);
  const headless = layout.table?.headless === true || layout.shape?.lists?.headless === true;
  const mapping: Mapping = { container: layout.container, ...reading, unused, ...(headless ? { headless } : {}) };
  const unread = reading.format === 'unknown' || reading.format === 'preference';
  const file = { notes, layout, reading, guess, fields, unread: collector.unreadRecords, rows, targets, task };
  const findings = bySeverity([
    ...readingFindings(file).filter(({ id }) => task !== 'generation' || !REDUCED.has(id)),
    // Rows that nobody could read would only be called «too few» once more.
    ...(unread ? [] : runFindings(rows, task, { ...DEFAULT_CONTEXT, format: reading.format }, options.onCheck)),
  ]);
  const unreadId = reading.format === 'preference' ? 'preference' : 'no-known-keys';
  const leftOutReasons = notes.leftOutReasons();
  if (collector.unreadRecords > 0) leftOutReasons.push({ id: unreadId, count: collector.unreadRecords });
  const offers = makeOffers({ task, reading, guess, targets, rows, fields, notes, joined });
  return {
    rows,
    nextRowId: collector.nextRowId,
    task,
    mapping,
    labels: task === 'classification' ? targets : [],
    leftOut: notes.leftOut + collector.unreadRecords,
    leftOutRows: notes.leftOutRows(),
    leftOutReasons,
    findings,
    offers,
    fields,
    reading: { ...recordOf(collector, fields, offers, options.mapping), encoding: layout.encoding },
    encoding: layout.encoding,
  };
}

/** What is kept of how the reading was found; a person who chose the fields knows why, and has no doubt. */
function recordOf(
  { rows, guess, reading }: RowCollector,
  fields: FieldInfo[],
  offers: Offer[],
  chosen: Partial<Mapping> | undefined,
): ReadingRecord {
  const byHand = chosen?.textFields !== undefined || chosen?.targetField !== undefined;
  const same =
    guess.reading.targetField === reading.targetField &&
    guess.reading.textFields.join('\n') === reading.textFields.join('\n');
  return {
    fields,
    why: byHand && !same ? 'Chosen by hand.' : guess.why,
    doubt: byHand ? null : guess.doubt,
    examples: exampleRows(rows),
    offered: guess.offered,
    offers,
  };
}

/** Up to three rows, each with another label where there are so many. */
function exampleRows(rows: readonly Row[]): ReadingExample[] {
  const first = new Map<string, Row>();
  for (const row of rows.slice(0, 1000)) if (!first.has(row.target)) first.set(row.target, row);
  const chosen = new Set([...[...first.values()].slice(0, 3), ...rows.slice(0, 3)]);
  return [...chosen]
    .slice(0, 3)
    .map(({ line, text, target }) => ({ line, text: excerpt(text), target: excerpt(target) }));
}
