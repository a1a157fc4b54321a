/** The bench of the page: one backend at a time, its figures as they come. */
import { type AppError, fromErrorData, toErrorData } from '../core/errors';
import type { BenchResult } from '../core/run/bench';
import type { Backend } from '../core/settings/settings';
import type { MeasuringClient } from '../worker/measuring-client';
import { demandSecureContext } from './secure-context';

export class Bench {
  readonly #client: Pick<MeasuringClient, 'bench'>;
  #results: Partial<Record<Backend, BenchResult>> = $state.raw({});
  #doing: string | null = $state(null);
  #backend: Backend | null = $state(null);
  #error: AppError | null = $state.raw(null);
  #abort: AbortController | null = null;

  constructor(client: Pick<MeasuringClient, 'bench'>) {
    this.#client = client;
  }

  /** What was measured so far in this visit, by backend. */
  get results(): Partial<Record<Backend, BenchResult>> {
    return this.#results;
  }

  /** What is being measured, in words; null when nothing is. */
  get doing(): string | null {
    return this.#doing;
  }

  /** Which backend is being measured; null when none is. */
  get backend(): Backend | null {
    return this.#backend;
  }

  get error(): AppError | null {
    return this.#error;
  }

  /** Measures a backend anew; never rejects. */
  async run(backend: Backend): Promise<void> {
    if (this.#abort) return;
    const abort = new AbortController();
    this.#abort = abort;
    this.#error = null;
    this.#doing = 'Starting';
    this.#backend = backend;
    const take = (result: BenchResult | null): void => {
      if (result) this.#results = { ...this.#results, [backend]: result };
    };
    try {
      demandSecureContext();
      const onProgress = (doing: string, result: BenchResult | null): void => {
        this.#doing = doing;
        take(result);
      };
      take(await this.#client.bench(backend, { signal: abort.signal, onProgress }));
    } catch (error) {
      if (!abort.signal.aborted) this.#error = fromErrorData(toErrorData(error));
    }
    this.#abort = null;
    this.#doing = null;
    this.#backend = null;
  }

  /** Ends at once; what was measured stays. */
  stop(): void {
    this.#abort?.abort();
  }
}
