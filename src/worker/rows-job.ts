/** Answers what the page asks about the rows of a version, holding one chunk of them at a time. */
import type { Dataset, Row } from '../core/data/dataset';
import { rowsToJsonl } from '../core/data/export';
import { hasRow, listRows, type RowSet } from '../core/data/row-set';
import { AppError } from '../core/errors';
import { cutText } from '../core/words/excerpt';
import { getDataset, getFindingRows, listFindingRows } from '../storage/datasets';
import type { CountedRow } from '../storage/row-changes';
import { demandVersion, getRowsById, getTokenTally, rowChunks } from '../storage/rows';
import type { HoneDatabase } from '../storage/schema';
import { RowIndex, type ViewedVersion } from './row-index';
import type { ListedRow, RowsCommand, RowsEvent, VersionPlace } from './rows-protocol';

export type RowsQuestion = Exclude<RowsCommand, { type: 'open' | 'texts' | 'cancel-request' }>;

export class RowsJob {
  readonly #database: HoneDatabase;
  readonly #index: RowIndex;
  /** Rows of the findings of the version that was asked about last: at most a bit a row and finding. */
  #sets: { key: string; ofFinding: ReadonlyMap<string, RowSet> } | null = null;

  constructor(database: HoneDatabase) {
    this.#database = database;
    this.#index = new RowIndex(database);
  }

  /** The answer to a question; throws `not-found` where the version is gone, `cancelled` when the signal fires. */
  async answer(question: RowsQuestion, signal: AbortSignal): Promise<RowsEvent> {
    const { requestId } = question;
    const of = await this.#open(question);
    const { dataset, version } = of;
    switch (question.type) {
      case 'count': {
        const { filter, order, near } = question;
        return { type: 'counted', requestId, ...(await this.#index.count(of, { filter, order }, near, signal)) };
      }
      case 'window': {
        const { filter, order, from, to, characters } = question;
        const rows = await this.#index.window(of, { filter, order }, from, to, signal);
        const there = rows.filter((row) => row !== undefined);
        return { type: 'rows', requestId, rows: there.map((row) => listed(row, of, characters)) };
      }
      case 'row': {
        const [row] = await getRowsById(this.#database, dataset, version.number, [question.rowId]);
        return { type: 'row', requestId, row: row ? listed(row, of, null) : null };
      }
      case 'finding-lines': {
        const rows = await getFindingRows(this.#database, question);
        return { type: 'lines', requestId, lines: rows ? listRows(rows.lines, question.most) : new Int32Array(0) };
      }
      case 'token-tally':
        return { type: 'token-tally', requestId, tally: await getTokenTally(this.#database, dataset, version.number) };
      case 'export':
        return { type: 'exported', requestId, file: await this.#export(dataset, version.number, signal) };
      default:
        return question satisfies never;
    }
  }

  async #open({ datasetId, version: number }: VersionPlace): Promise<ViewedVersion> {
    const dataset = await getDataset(this.#database, datasetId);
    if (dataset === null) throw new AppError('not-found', 'This data set is not in this browser any more.');
    const version = demandVersion(dataset, number);
    // A version's findings may be found anew when its tokens are counted.
    const key = JSON.stringify([datasetId, number, version.findings.map(({ id, rowCount }) => [id, rowCount])]);
    if (this.#sets?.key !== key) {
      const all = await listFindingRows(this.#database, datasetId, number);
      this.#sets = { key, ofFinding: new Map(all.map(({ findingId, rowIds }) => [findingId, rowIds])) };
    }
    return { dataset, version, ofFinding: this.#sets.ofFinding };
  }

  /** A blob of blobs: what is written leaves the memory of the script. */
  async #export(dataset: Dataset, version: number, signal: AbortSignal): Promise<Blob> {
    const parts: Blob[] = [];
    for await (const { rows } of rowChunks(this.#database, dataset, version)) {
      if (signal.aborted) throw new AppError('cancelled', 'Stopped.');
      parts.push(new Blob([...rowsToJsonl(rows, dataset.task)]));
    }
    return new Blob(parts, { type: 'application/jsonl' });
  }
}

/** A row for the page; with `characters`, no more than the beginning of its text and target. */
function listed({ row, tokens }: CountedRow, { ofFinding }: ViewedVersion, characters: number | null): ListedRow {
  const findingIds = [...ofFinding].filter(([, rows]) => hasRow(rows, row.rowId)).map(([id]) => id);
  return { row: characters === null ? row : beginning(row, characters), tokens, findingIds };
}

/** Without its messages: the table shows none. */
function beginning({ messages: _, tools: __, ...row }: Row, characters: number): Row {
  return { ...row, text: cutText(row.text, characters), target: cutText(row.target, characters) };
}
