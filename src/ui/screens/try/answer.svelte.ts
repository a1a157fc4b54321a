/** The live answer to what is being typed: waits for a pause, drops what was overtaken. */
import { toErrorData } from '../../../core/errors';
import type { Predictor } from '../../../state/predictor.svelte';

/** Class probabilities of some texts by the tuned model and by features only. */
export type Prediction = Awaited<ReturnType<Predictor['predict']>>;

/** Answers one text; `Predictor.predict` bound to a run. */
export type AnswerText = (text: string, signal: AbortSignal) => Promise<Prediction>;

const PAUSE_MS = 250;

export class LiveAnswer {
  readonly #answer: AnswerText;
  #text = $state('');
  #prediction = $state.raw<Prediction | null>(null);
  #fault = $state<string | null>(null);
  #waiting = $state(false);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #abort: AbortController | null = null;

  constructor(answer: AnswerText) {
    this.#answer = answer;
  }

  get text(): string {
    return this.#text;
  }

  /** Of the last text that was answered; null for an empty one. */
  get prediction(): Prediction | null {
    return this.#prediction;
  }

  /** Why there is no answer, in words. */
  get fault(): string | null {
    return this.#fault;
  }

  /** An answer is on its way. */
  get waiting(): boolean {
    return this.#waiting;
  }

  type(text: string): void {
    this.#text = text;
    this.stop();
    if (text.trim() === '') {
      this.#prediction = null;
      this.#fault = null;
      return;
    }
    this.#waiting = true;
    this.#timer = setTimeout(() => void this.#ask(text), PAUSE_MS);
  }

  /** Drops what is under way; to be called when the screen goes. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#abort?.abort();
    this.#abort = null;
    this.#waiting = false;
  }

  async #ask(text: string): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    try {
      const prediction = await this.#answer(text, abort.signal);
      if (abort.signal.aborted) return;
      this.#prediction = prediction;
      this.#fault = null;
    } catch (error) {
      if (abort.signal.aborted) return;
      this.#fault = toErrorData(error).message;
    }
    this.#waiting = false;
  }
}
