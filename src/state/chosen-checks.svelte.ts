/** The checks of a data set before a run: what its answers suggest, until a person chooses; a run takes a copy with it. */
import type { CheckSpec } from '../core/checks/check';
import type { Dataset } from '../core/data/dataset';
import { type AppError, fromErrorData, toErrorData } from '../core/errors';
import type { Changes } from '../storage/changes';
import { saveChecks } from '../storage/judgements';
import type { HoneDatabase } from '../storage/schema';
import type { DataClient } from '../worker/data-client';
import type { VersionPlace } from '../worker/rows-protocol';
import type { Datasets } from './datasets.svelte';

type Suggested = { kind: 'asking' } | { kind: 'known'; checks: CheckSpec[] } | { kind: 'failed'; error: AppError };

export class ChosenChecks {
  readonly #database: Promise<HoneDatabase>;
  readonly #client: Pick<DataClient, 'suggestChecks'>;
  readonly #datasets: Pick<Datasets, 'put'>;
  readonly #changes: Pick<Changes, 'announce'>;
  #suggested: Readonly<Record<string, Suggested>> = $state.raw({});

  constructor(
    database: Promise<HoneDatabase>,
    client: Pick<DataClient, 'suggestChecks'>,
    datasets: Pick<Datasets, 'put'>,
    changes: Pick<Changes, 'announce'>,
  ) {
    this.#database = database;
    this.#client = client;
    this.#datasets = datasets;
    this.#changes = changes;
  }

  /** What a run of this version would be judged by; null while that is not known, and where it could not be found out. */
  of(place: VersionPlace, { checks }: Pick<Dataset, 'checks'>): readonly CheckSpec[] | null {
    if (checks) return checks;
    const suggested = this.#suggested[nameOf(place)];
    return suggested?.kind === 'known' ? suggested.checks : null;
  }

  /** Why nothing could be suggested; null where nothing is in the way. */
  fault(place: VersionPlace): AppError | null {
    const suggested = this.#suggested[nameOf(place)];
    return suggested?.kind === 'failed' ? suggested.error : null;
  }

  /** Finds out what the answers of a version suggest, once. Never rejects: see `fault`. */
  async suggest(place: VersionPlace): Promise<void> {
    const name = nameOf(place);
    const before = this.#suggested[name]?.kind;
    if (before === 'asking' || before === 'known') return;
    this.#put(name, { kind: 'asking' });
    try {
      this.#put(name, { kind: 'known', checks: await this.#client.suggestChecks({ ...place }) });
    } catch (error) {
      this.#put(name, { kind: 'failed', error: fromErrorData(toErrorData(error)) });
    }
  }

  /** Keeps what answers of the data set are judged by from now on; null goes back to what they suggest. */
  async choose(datasetId: string, checks: readonly CheckSpec[] | null): Promise<void> {
    const plain = checks === null ? null : $state.snapshot([...checks]);
    const changed = await saveChecks(await this.#database, datasetId, plain);
    if (changed === null) return;
    this.#datasets.put(changed);
    this.#changes.announce('datasets');
  }

  #put(name: string, suggested: Suggested): void {
    this.#suggested = { ...this.#suggested, [name]: suggested };
  }
}

function nameOf({ datasetId, version }: VersionPlace): string {
  return `${datasetId} ${version}`;
}
