/** What a person adds to a report of written answers: checks, judged by the data worker, and a blind vote, kept pair by pair. */
import type { CheckSpec } from '../core/checks/check';
import type { BlindVote } from '../core/report/generation/blind-vote';
import type { Changes } from '../storage/changes';
import { getVoting, saveVoting } from '../storage/judgements';
import type { HoneDatabase } from '../storage/schema';
import type { DataClient } from '../worker/data-client';
import type { Datasets } from './datasets.svelte';
import type { Runs } from './runs.svelte';

export class Judgements {
  readonly #database: Promise<HoneDatabase>;
  readonly #client: Pick<DataClient, 'judgeReport'>;
  readonly #runs: Pick<Runs, 'reportChanged'>;
  readonly #datasets: Pick<Datasets, 'refresh'>;
  readonly #changes: Pick<Changes, 'announce'>;

  constructor(
    database: Promise<HoneDatabase>,
    client: Pick<DataClient, 'judgeReport'>,
    runs: Pick<Runs, 'reportChanged'>,
    datasets: Pick<Datasets, 'refresh'>,
    changes: Pick<Changes, 'announce'>,
  ) {
    this.#database = database;
    this.#client = client;
    this.#runs = runs;
    this.#datasets = datasets;
    this.#changes = changes;
  }

  /** Judges the kept answers of a run by these checks and no others; its data set keeps them for the next run. */
  async judge(runId: string, checks: readonly CheckSpec[]): Promise<void> {
    await this.#client.judgeReport({ runId, checks: structuredClone([...checks]) });
    this.#runs.reportChanged(runId);
    await this.#datasets.refresh();
    this.#changes.announce('datasets');
  }

  /** The blind vote of a run as far as it went; null where none was begun. */
  async voting(runId: string): Promise<BlindVote | null> {
    return getVoting(await this.#database, runId);
  }

  /** Keeps a vote as far as it went; null takes it away, its result with it. */
  async vote(runId: string, voting: BlindVote | null): Promise<void> {
    await saveVoting(await this.#database, runId, voting);
    this.#runs.reportChanged(runId);
  }
}
