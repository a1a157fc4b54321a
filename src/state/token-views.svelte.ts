/** The row whose tokens are looked at: one at a time, and the newest question counts. */
import { type AppError, fromErrorData, toErrorData } from '../core/errors';
import type { TokenView } from '../core/text/token-view';
import type { DataClient } from '../worker/data-client';

export type TokenQuestion = Parameters<DataClient['viewTokens']>[0];

export class TokenViews {
  readonly #client: Pick<DataClient, 'viewTokens'>;
  #view: TokenView | null = $state.raw(null);
  #error: AppError | null = $state.raw(null);
  #working = $state(false);
  #stop: AbortController | null = null;

  constructor(client: Pick<DataClient, 'viewTokens'>) {
    this.#client = client;
  }

  /** The last one that came; it stays while the next is on its way. */
  get view(): TokenView | null {
    return this.#view;
  }

  get error(): AppError | null {
    return this.#error;
  }

  get working(): boolean {
    return this.#working;
  }

  /** Asks for a row; a question that was asked before is dropped. Never rejects. */
  async show(question: TokenQuestion): Promise<void> {
    this.#stop?.abort();
    const stop = new AbortController();
    this.#stop = stop;
    this.#working = true;
    try {
      const view = await this.#client.viewTokens({ ...question }, stop.signal);
      if (stop.signal.aborted) return;
      this.#view = view;
      this.#error = null;
    } catch (error) {
      if (stop.signal.aborted) return;
      this.#error = fromErrorData(toErrorData(error));
    }
    this.#working = false;
  }

  /** Nothing is looked at any more. */
  close(): void {
    this.#stop?.abort();
    this.#stop = null;
    this.#view = null;
    this.#error = null;
    this.#working = false;
  }
}
