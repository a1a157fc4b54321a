/** What is asked of a version's rows after it was opened: their languages, and what another model's tokenizer makes of them. */
import type { DatasetVersion } from '../core/data/dataset';
import { type AppError, fromErrorData, toErrorData } from '../core/errors';
import type { Changes } from '../storage/changes';
import type { DataClient, SurveyProgress } from '../worker/data-client';
import type { VersionPlace } from '../worker/rows-protocol';
import type { Datasets } from './datasets.svelte';

export type RowSurvey =
  | { kind: 'idle' }
  /** Null while the tokenizer comes. */
  | { kind: 'working'; progress: SurveyProgress | null }
  | { kind: 'failed'; error: AppError };

type Client = Pick<DataClient, 'surveyRows' | 'tellLanguages'>;

const IDLE: RowSurvey = { kind: 'idle' };

export class RowSurveys {
  readonly #client: Client;
  readonly #datasets: Pick<Datasets, 'byId' | 'put'>;
  readonly #changes: Pick<Changes, 'announce'>;
  readonly #onFetched: () => void;
  #surveys: Readonly<Record<string, RowSurvey>> = $state.raw({});
  // Not drawn from.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #stops = new Map<string, AbortController>();

  /** `onFetched` hears when a tokenizer may have been fetched. */
  constructor(
    client: Client,
    datasets: Pick<Datasets, 'byId' | 'put'>,
    changes: Pick<Changes, 'announce'>,
    onFetched: () => void = () => undefined,
  ) {
    this.#client = client;
    this.#datasets = datasets;
    this.#changes = changes;
    this.#onFetched = onFetched;
  }

  /** How far the survey of a version by a model is. What it found stands in the version. */
  of(place: VersionPlace, modelId: string): RowSurvey {
    return this.#surveys[nameOf(place, modelId)] ?? IDLE;
  }

  /** Reads the rows with a model's tokenizer, which is fetched where it is not here. */
  async read(place: VersionPlace, modelId: string): Promise<void> {
    const name = nameOf(place, modelId);
    if (this.#stops.has(name)) return;
    const stop = new AbortController();
    this.#stops.set(name, stop);
    const tell = (progress: SurveyProgress): void => this.#put(name, { kind: 'working', progress });
    this.#put(name, { kind: 'working', progress: null });
    await this.#ask(name, () => this.#client.surveyRows({ ...place, modelId }, tell, stop.signal));
    this.#stops.delete(name);
    this.#onFetched();
  }

  stop(place: VersionPlace, modelId: string): void {
    this.#stops.get(nameOf(place, modelId))?.abort();
  }

  /** Finds out the languages of a version that does not say them: one of before they were looked at. */
  async tellLanguages(place: VersionPlace, { languages }: Pick<DatasetVersion, 'languages'>): Promise<void> {
    const name = nameOf(place, 'languages');
    if (languages !== undefined || name in this.#surveys) return;
    this.#put(name, { kind: 'working', progress: null });
    await this.#ask(name, () => this.#client.tellLanguages({ ...place }));
  }

  async #ask(name: string, ask: () => ReturnType<Client['tellLanguages']>): Promise<void> {
    try {
      const dataset = await ask();
      this.#put(name, IDLE);
      // One that is being removed meanwhile stays hidden.
      if (this.#datasets.byId(dataset.id) === null) return;
      this.#datasets.put(dataset);
      this.#changes.announce('datasets');
    } catch (error) {
      const fault = fromErrorData(toErrorData(error));
      this.#put(name, fault.code === 'cancelled' ? IDLE : { kind: 'failed', error: fault });
    }
  }

  #put(name: string, survey: RowSurvey): void {
    this.#surveys = { ...this.#surveys, [name]: survey };
  }
}

function nameOf({ datasetId, version }: VersionPlace, what: string): string {
  return `${datasetId} ${version} ${what}`;
}
