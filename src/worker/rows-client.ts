/** The page's side of the rows worker: plain calls that take an `AbortSignal`. */
import type { Mapping } from '../core/data/mapping';
import type { TextFile } from '../core/reading/read-texts';
import { AppError } from '../core/errors';
import type { TokenTally } from '../core/text/token-tally';
import { WorkerChannel, type WorkerLike } from './channel';
import { startConfinedWorker } from './confined';
import rowsWorkerAddress from './rows.worker.ts?worker&url';
import type { ListedRow, RowCount, RowsCommand, RowsEvent, RowView, VersionPlace } from './rows-protocol';

export class RowsClient {
  readonly #channel: WorkerChannel<RowsCommand, RowsEvent>;

  constructor(baseUrl: string, createWorker: () => WorkerLike = () => startConfinedWorker(rowsWorkerAddress)) {
    this.#channel = new WorkerChannel(createWorker, baseUrl, [
      ...['counted', 'rows', 'row', 'lines', 'token-tally', 'exported', 'texts'],
    ]);
  }

  /** How many rows a view has, and where in it the row `near` stands. */
  async count(of: VersionPlace, view: RowView, near: number | null, signal: AbortSignal): Promise<RowCount> {
    const event = await this.#ask((requestId) => ({ type: 'count', requestId, ...of, ...view, near }), signal);
    return event.type === 'counted' ? { count: event.count, at: event.at } : unexpected(event);
  }

  /** Rows `from` to `to` (exclusive) of a view; with `characters`, only the beginning of each. */
  async window(
    of: VersionPlace,
    view: RowView,
    { from, to }: { from: number; to: number },
    characters: number | null,
  ): Promise<ListedRow[]> {
    const which = { ...of, ...view, from, to, characters };
    const event = await this.#ask((requestId) => ({ type: 'window', requestId, ...which }));
    return event.type === 'rows' ? event.rows : unexpected(event);
  }

  /** One row in full; null where it is not in the version. */
  async row(of: VersionPlace, rowId: number): Promise<ListedRow | null> {
    const event = await this.#ask((requestId) => ({ type: 'row', requestId, ...of, rowId }));
    return event.type === 'row' ? event.row : unexpected(event);
  }

  /** The first `most` lines of a finding, ascending. */
  async findingLines(of: VersionPlace, findingId: string, most: number): Promise<Int32Array> {
    const event = await this.#ask((requestId) => ({ type: 'finding-lines', requestId, ...of, findingId, most }));
    return event.type === 'lines' ? event.lines : unexpected(event);
  }

  /** How long the texts are; null where tokens were not counted. */
  async tokenTally(of: VersionPlace): Promise<TokenTally | null> {
    const event = await this.#ask((requestId) => ({ type: 'token-tally', requestId, ...of }));
    return event.type === 'token-tally' ? event.tally : unexpected(event);
  }

  /** All rows as JSONL. */
  async export(of: VersionPlace): Promise<Blob> {
    const event = await this.#ask((requestId) => ({ type: 'export', requestId, ...of }));
    return event.type === 'exported' ? event.file : unexpected(event);
  }

  /** The texts of a file, read by the mapping of the data that a model was trained on. */
  async texts(file: File, mapping: Mapping | null, signal: AbortSignal): Promise<TextFile> {
    const of = { file, fileName: file.name, mapping };
    const event = await this.#ask((requestId) => ({ type: 'texts', requestId, ...of }), signal);
    return event.type === 'texts' ? event.texts : unexpected(event);
  }

  #ask(make: (requestId: string) => RowsCommand, signal?: AbortSignal): Promise<RowsEvent> {
    const onAbort = (requestId: string): void => this.#channel.send({ type: 'cancel-request', requestId });
    return this.#channel.request(make, { signal, onAbort });
  }
}

function unexpected(event: { type: string }): never {
  throw new AppError('internal', `A worker answered with «${event.type}», which was not asked for.`);
}
