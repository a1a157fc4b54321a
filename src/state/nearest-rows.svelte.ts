/**
 * The training rows nearest to what is being typed. One question at a time: what is typed meanwhile is asked when the one
 * under way is answered, so that reading rows for the first text is not begun anew with every letter.
 */
import { type AppError, fromErrorData, toErrorData } from '../core/errors';
import type { Nearest } from '../core/run/nearest';
import type { Run } from '../core/run/record';
import type { NearestClient } from '../worker/nearest-client';
import type { Device } from './device.svelte';

export class NearestRows {
  readonly #client: Pick<NearestClient, 'nearest' | 'end'>;
  readonly #device: Pick<Device, 'webgpu' | 'reason'>;
  #run: Pick<Run, 'id' | 'request'> | null = null;
  /** What is to be asked next; null where nothing is. */
  #next: string | null = null;
  #abort: AbortController | null = null;
  #readAll = false;
  #answer: { text: string; nearest: Nearest } | null = $state.raw(null);
  #progress: { done: number; total: number } | null = $state.raw(null);
  #working = $state(false);
  #fault: AppError | null = $state.raw(null);

  constructor(client: Pick<NearestClient, 'nearest' | 'end'>, device: Pick<Device, 'webgpu' | 'reason'>) {
    this.#client = client;
    this.#device = device;
  }

  /** Of the last text that was answered. */
  get answer(): { text: string; nearest: Nearest } | null {
    return this.#answer;
  }

  /** Texts that are read before the first answer; null while none is. */
  get progress(): { done: number; total: number } | null {
    return this.#progress;
  }

  get working(): boolean {
    return this.#working;
  }

  get fault(): AppError | null {
    return this.#fault;
  }

  /** From now on the rows of this run are asked for. */
  open(run: Pick<Run, 'id' | 'request'>): void {
    this.close();
    this.#run = run;
  }

  /** Asks for the rows near to a text; an empty one has none. */
  show(text: string): void {
    this.#next = text;
    if (text.trim() === '') {
      this.#next = null;
      this.#answer = null;
      this.#fault = null;
    } else if (!this.#working) void this.#work();
  }

  /** Reads what is not kept, however much it is, and asks again. */
  readAll(): void {
    this.#readAll = true;
    if (this.#answer) this.show(this.#answer.text);
  }

  /** Reads no further; what was read is kept. */
  stop(): void {
    this.#abort?.abort();
    this.#next = null;
    this.#readAll = false;
  }

  /** Nothing is asked any more, and what was held for it goes. */
  close(): void {
    this.stop();
    this.#run = null;
    this.#answer = null;
    this.#fault = null;
    this.#client.end();
  }

  async #work(): Promise<void> {
    this.#working = true;
    while (this.#next !== null && this.#run !== null) {
      const text = this.#next;
      const { id, request } = this.#run;
      const abort = new AbortController();
      this.#abort = abort;
      this.#next = null;
      // On the device of the run: its vectors are kept for that.
      const trusted = this.#device.webgpu !== null && this.#device.reason === null;
      const backend = request.backend === 'webgpu' && trusted ? 'webgpu' : 'wasm';
      const question = { runId: id, backend, text, readAll: this.#readAll } as const;
      try {
        const nearest = await this.#client.nearest(question, {
          signal: abort.signal,
          onProgress: (done, total) => (this.#progress = done < total ? { done, total } : null),
        });
        if (this.#abort === abort && !abort.signal.aborted) [this.#answer, this.#fault] = [{ text, nearest }, null];
      } catch (error) {
        if (this.#abort === abort && !abort.signal.aborted) this.#fault = fromErrorData(toErrorData(error));
      }
      this.#progress = null;
    }
    this.#working = false;
  }
}
