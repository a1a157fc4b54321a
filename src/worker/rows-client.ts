/** The page's side of the rows worker: plain calls that take an `AbortSignal`. */
import type { Mapping } from '../core/data/mapping';
import type { TextFile } from '../core/reading/read-texts';
import { AppError } from '../core/errors';
import type { TokenTally } from '../core/text/token-tally';
import { WorkerChannel, type WorkerLike } from './channel';
import { startConfinedWorker } from './confined';
import rowsWorkerAddress from './rows.worker.ts?worker&url';
import type { PlacedRow, RowsCommand, RowsEvent, RowSearch, VersionPlace } from './rows-protocol';

export class RowsClient {
  readonly #channel: WorkerChannel<RowsCommand, RowsEvent>;

  constructor(baseUrl: string, createWorker: () => WorkerLike = () => startConfinedWorker(rowsWorkerAddress)) {
    this.#channel = new WorkerChannel(createWorker, baseUrl, ['rows', 'found', 'token-tally', 'exported', 'texts']);
  }

  /** Rows at `places`, ascending; with `characters`, only the beginning of each. */
  async rows(
    of: VersionPlace,
    places: readonly number[],
    characters: number | null,
  ): Promise<(PlacedRow | undefined)[]> {
    const event = await this.#ask((requestId) => ({ type: 'rows', requestId, ...of, places, characters }));
    return event.type === 'rows' ? event.rows : unexpected(event);
  }

  /** Places of the rows that match, ascending. */
  async search(of: VersionPlace, search: RowSearch, signal: AbortSignal): Promise<Int32Array> {
    const event = await this.#ask((requestId) => ({ type: 'search', requestId, ...of, search }), signal);
    return event.type === 'found' ? event.places : unexpected(event);
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
