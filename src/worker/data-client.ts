/** The page's side of the data worker: plain calls that take an `AbortSignal`. */
import type { CheckSpec } from '../core/checks/check';
import type { Dataset } from '../core/data/dataset';
import { AppError } from '../core/errors';
import type { OwnSummary } from '../core/models/own-summary';
import type { TokenView } from '../core/text/token-view';
import { WorkerChannel, type WorkerLike } from './channel';
import { startConfinedWorker } from './confined';
import dataWorkerAddress from './data.worker.ts?worker&url';
import type { DataCommand, DataEvent } from './protocol';

type Command<Type extends DataCommand['type']> = Omit<Extract<DataCommand, { type: Type }>, 'type' | 'requestId'>;
export type ImportSource = Command<'import'>;
export type RereadSource = Command<'reread'>;
export type ImportProgress = Omit<Extract<DataEvent, { type: 'import-progress' }>, 'type' | 'requestId'>;
export type KeepProgress = Omit<Extract<DataEvent, { type: 'keep-progress' }>, 'type' | 'requestId'>;
export type SurveyProgress = Omit<Extract<DataEvent, { type: 'survey-progress' }>, 'type' | 'requestId'>;
export type OwnProgress = Omit<Extract<DataEvent, { type: 'own-model-progress' }>, 'type' | 'requestId'>;
export type Recovered = Pick<Extract<DataEvent, { type: 'recovered' }>, 'runIds' | 'fault'>;
export type ImportResult = { dataset: Dataset; already: boolean };
/** Of a file that was a run bundle. */
export type BundleResult = Omit<Extract<DataEvent, { type: 'bundle-opened' }>, 'type' | 'requestId'>;

interface ImportOptions {
  /** Abort ends the worker, and with it whatever it had not saved. */
  signal?: AbortSignal;
  onProgress?(progress: ImportProgress): void;
}

/** Imports, and the clearing up after runs that died. */
export class DataClient {
  readonly #channel: WorkerChannel<DataCommand, DataEvent>;

  constructor(baseUrl: string, createWorker: () => WorkerLike = createDataWorker) {
    const finals = [
      'imported',
      'bundle-opened',
      'rechecked',
      'recovered',
      'run-finished',
      'model-kept',
      'model-inspected',
      'own-model-kept',
      'surveyed',
      'tokens-viewed',
      'row-added',
      'report-judged',
      'checks-suggested',
    ];
    this.#channel = new WorkerChannel(createWorker, baseUrl, finals);
  }

  /** Reads a file into a data set and saves it; a run bundle becomes a run. */
  async import(source: ImportSource, options: ImportOptions = {}): Promise<ImportResult | BundleResult> {
    const event = await this.#read((requestId) => ({ type: 'import', requestId, ...source }), options);
    if (event.type !== 'bundle-opened') return imported(event);
    const { run, datasets, already, back, toBring } = event;
    return { run, datasets, already, back, toBring };
  }

  /** Reads the kept file of a data set again, as a new version of it. */
  async reread(source: RereadSource, options: ImportOptions = {}): Promise<ImportResult> {
    return imported(await this.#read((requestId) => ({ type: 'reread', requestId, ...source }), options));
  }

  /** Runs the checks of a version that waited for the tokenizer; rejects with the reason where it does not come. */
  async recheck(of: Command<'recheck'>): Promise<Dataset> {
    const event = await this.#channel.request((requestId) => ({ type: 'recheck', requestId, ...of }));
    return event.type === 'rechecked' ? event.dataset : unexpected(event);
  }

  /** Ends an interrupted run with what it had finished. */
  async finishRun(runId: string): Promise<void> {
    await this.#channel.request((requestId) => ({ type: 'finish-run', requestId, runId }));
  }

  /** Settles runs whose worker is gone and tells which; waits for the end of a run that works in another tab. */
  async recover(seen: Extract<DataCommand, { type: 'recover' }>['seen'] = null): Promise<Recovered> {
    const event = await this.#insist((requestId) => ({ type: 'recover', requestId, seen }));
    return event.type === 'recovered' ? { runIds: event.runIds, fault: event.fault } : unexpected(event);
  }

  /** Keeps a model in this browser for the time without a network; resolves with its size. What came whole before a stop stays. */
  async keepModel(
    modelId: string,
    onProgress: (progress: KeepProgress) => void,
    signal = new AbortController().signal,
  ): Promise<number> {
    const event = await this.#insist((requestId) => ({ type: 'keep-model', requestId, modelId }), {
      signal,
      onEvent(event) {
        if (event.type === 'keep-progress') onProgress(event);
      },
    });
    return event.type === 'model-kept' ? event.bytes : unexpected(event);
  }

  /** What the files of a model that a person brings along are; rejects with what of them cannot be used. */
  async inspectModel(of: Command<'inspect-model'>): Promise<OwnSummary> {
    const event = await this.#insist((requestId) => ({ type: 'inspect-model', requestId, ...of }));
    return event.type === 'model-inspected' ? event.summary : unexpected(event);
  }

  /** Keeps such a model in this browser; resolves with its id. Nothing of it stays after a stop. */
  async keepOwnModel(
    of: Command<'keep-own-model'>,
    onProgress: (progress: OwnProgress) => void,
    signal: AbortSignal,
  ): Promise<string> {
    const event = await this.#insist((requestId) => ({ type: 'keep-own-model', requestId, ...of }), {
      signal,
      onEvent(event) {
        if (event.type === 'own-model-progress') onProgress(event);
      },
    });
    return event.type === 'own-model-kept' ? event.modelId : unexpected(event);
  }

  /** What a model's tokenizer makes of the rows of a version; resolves with the record, which says it from then on. */
  async surveyRows(
    of: Command<'survey-rows'>,
    onProgress: (progress: SurveyProgress) => void,
    signal: AbortSignal,
  ): Promise<Dataset> {
    const event = await this.#insist((requestId) => ({ type: 'survey-rows', requestId, ...of }), {
      signal,
      onEvent(event) {
        if (event.type === 'survey-progress') onProgress(event);
      },
    });
    return event.type === 'surveyed' ? event.dataset : unexpected(event);
  }

  /** In which languages the rows of a version are; resolves with the record, which says it from then on. */
  async tellLanguages(of: Command<'tell-languages'>): Promise<Dataset> {
    const event = await this.#insist((requestId) => ({ type: 'tell-languages', requestId, ...of }));
    return event.type === 'surveyed' ? event.dataset : unexpected(event);
  }

  /** Adds an answer as a row; resolves with the data set and its new version. */
  async addRow(of: Command<'add-row'>): Promise<Dataset> {
    const event = await this.#insist((requestId) => ({ type: 'add-row', requestId, ...of }));
    return event.type === 'row-added' ? event.dataset : unexpected(event);
  }

  /** Which checks the wanted answers of a version suggest. */
  async suggestChecks(of: Command<'suggest-checks'>): Promise<CheckSpec[]> {
    const event = await this.#insist((requestId) => ({ type: 'suggest-checks', requestId, ...of }));
    return event.type === 'checks-suggested' ? event.checks : unexpected(event);
  }

  /** Judges the kept answers of a run by these checks and no others. */
  async judgeReport(of: Command<'judge-report'>): Promise<void> {
    await this.#insist((requestId) => ({ type: 'judge-report', requestId, ...of }));
  }

  /** What a model that writes learns of a row. */
  async viewTokens(of: Command<'view-tokens'>, signal: AbortSignal): Promise<TokenView> {
    const event = await this.#insist((requestId) => ({ type: 'view-tokens', requestId, ...of }), { signal });
    return event.type === 'tokens-viewed' ? event.view : unexpected(event);
  }

  /** What comes from here on is done by another worker, once this one is idle. */
  renew(): void {
    this.#channel.renew();
  }

  async #insist(
    make: (requestId: string) => DataCommand,
    options: { signal?: AbortSignal; onEvent?(event: DataEvent): void } = {},
  ): Promise<DataEvent> {
    const onAbort = (requestId: string): void => this.#channel.send({ type: 'cancel-request', requestId });
    for (;;) {
      try {
        return await this.#channel.request(make, { ...options, onAbort });
      } catch (error) {
        // A person who cancelled an import ended the worker under it: the next worker is asked.
        if (!(error instanceof AppError && error.code === 'cancelled') || options.signal?.aborted) throw error;
      }
    }
  }

  #read(make: (requestId: string) => DataCommand, { signal, onProgress }: ImportOptions): Promise<DataEvent> {
    return this.#channel.request(make, {
      signal,
      onEvent(event) {
        if (event.type === 'import-progress') onProgress?.(event);
      },
      onAbort: () => this.#channel.end(),
    });
  }
}

function imported(event: DataEvent): ImportResult {
  return event.type === 'imported' ? { dataset: event.dataset, already: event.already } : unexpected(event);
}

function unexpected(event: { type: string }): never {
  throw new AppError('internal', `A worker answered with «${event.type}», which was not asked for.`);
}

function createDataWorker(): WorkerLike {
  return startConfinedWorker(dataWorkerAddress);
}
