/** Answers what the page asks about the rows of a version, holding one chunk of them at a time. */
import type { Dataset, Row } from '../core/data/dataset';
import { rowsToJsonl } from '../core/data/export';
import { rowMatcher } from '../core/data/row-filter';
import { AppError } from '../core/errors';
import { cutText } from '../core/words/excerpt';
import { getDataset, getRowsAt, getTokenTally, rowChunks } from '../storage/datasets';
import type { HoneDatabase } from '../storage/schema';
import type { RowsCommand, RowsEvent } from './rows-protocol';

type Question = Exclude<RowsCommand, { type: 'open' | 'texts' | 'cancel-request' }>;

/** The answer to a question; throws `not-found` where the version is gone, `cancelled` when the signal fires. */
export async function answerRows(database: HoneDatabase, question: Question, signal: AbortSignal): Promise<RowsEvent> {
  const { requestId, version } = question;
  const dataset = await getDataset(database, question.datasetId);
  if (dataset === null) throw new AppError('not-found', 'This data set is not in this browser any more.');
  switch (question.type) {
    case 'rows': {
      const { places, characters } = question;
      const rows = await getRowsAt(database, dataset, version, places);
      const cut = (found: (typeof rows)[number]): typeof found =>
        found && characters !== null ? { ...found, row: beginning(found.row, characters) } : found;
      return { type: 'rows', requestId, rows: rows.map(cut) };
    }
    case 'search':
      return { type: 'found', requestId, places: await search(database, dataset, question, signal) };
    case 'token-tally':
      return { type: 'token-tally', requestId, tally: await getTokenTally(database, dataset, version) };
    case 'export':
      return { type: 'exported', requestId, file: await exportRows(database, dataset, version, signal) };
    default:
      return question satisfies never;
  }
}

function beginning(row: Row, characters: number): Row {
  return { ...row, text: cutText(row.text, characters), target: cutText(row.target, characters) };
}

async function search(
  database: HoneDatabase,
  dataset: Dataset,
  { version, search: { words, target, findingId } }: Extract<Question, { type: 'search' }>,
  signal: AbortSignal,
): Promise<Int32Array> {
  const findings = dataset.versions.find(({ number }) => number === version)?.findings ?? [];
  const lines = findingId === null ? null : (findings.find(({ id }) => id === findingId)?.lines ?? []);
  const matches = rowMatcher({ words, target, lines });
  const found: number[] = [];
  let place = 0;
  for await (const { rows } of rowChunks(database, dataset, version)) {
    goOn(signal);
    for (const row of rows) {
      if (matches(row)) found.push(place);
      place += 1;
    }
  }
  return Int32Array.from(found);
}

/** A blob of blobs: what is written leaves the memory of the script. */
async function exportRows(
  database: HoneDatabase,
  dataset: Dataset,
  version: number,
  signal: AbortSignal,
): Promise<Blob> {
  const parts: Blob[] = [];
  for await (const { rows } of rowChunks(database, dataset, version)) {
    goOn(signal);
    parts.push(new Blob([...rowsToJsonl(rows, dataset.task)]));
  }
  return new Blob(parts, { type: 'application/jsonl' });
}

function goOn(signal: AbortSignal): void {
  if (signal.aborted) throw new AppError('cancelled', 'Stopped.');
}
