/** What a plan takes on this device, measured before it is started; an answer holds for the plan it was asked for. */
import { type AppError, fromErrorData, toErrorData } from '../core/errors';
import type { PlanEstimate } from '../core/run/estimate';
import type { RunRequest } from '../core/run/record';
import type { MeasuringClient } from '../worker/measuring-client';
import { demandSecureContext } from './secure-context';

/** A run that is not named yet. */
export type Plan = Omit<RunRequest, 'runId' | 'name'>;

export type Measurement =
  | { kind: 'none' }
  | { kind: 'working' }
  | { kind: 'done'; estimate: PlanEstimate }
  | { kind: 'failed'; error: AppError };

const NONE: Measurement = { kind: 'none' };

export class Measuring {
  readonly #client: Pick<MeasuringClient, 'estimate'>;
  #plan = $state('');
  #measurement: Measurement = $state.raw(NONE);
  #abort: AbortController | null = null;

  constructor(client: Pick<MeasuringClient, 'estimate'>) {
    this.#client = client;
  }

  /** What is known of that plan. */
  of(plan: Plan): Measurement {
    return nameOf(plan) === this.#plan ? this.#measurement : NONE;
  }

  /** Measures a plan; one that was asked for before is dropped. Never rejects. */
  async measure(plan: Plan): Promise<void> {
    this.stop();
    const abort = new AbortController();
    this.#abort = abort;
    this.#plan = nameOf(plan);
    this.#measurement = { kind: 'working' };
    try {
      demandSecureContext();
      const request = { ...$state.snapshot(plan), runId: '', name: '' };
      const estimate = await this.#client.estimate(request, abort.signal);
      if (!abort.signal.aborted) this.#measurement = { kind: 'done', estimate };
    } catch (error) {
      if (!abort.signal.aborted) this.#measurement = { kind: 'failed', error: fromErrorData(toErrorData(error)) };
    }
  }

  /** Nothing is measured any more. */
  stop(): void {
    this.#abort?.abort();
    this.#abort = null;
    if (this.#measurement.kind === 'working') this.#measurement = NONE;
  }
}

/** Plans are the same when they say the same. */
function nameOf(plan: Plan): string {
  return JSON.stringify(plan);
}
