/**
 * Deleting with a way back: what is removed is hidden at once and deleted for good when its toast is over, or when
 * something else is removed. A tab closed before that deletes nothing.
 */
import { SvelteSet } from 'svelte/reactivity';
import { toErrorData } from '../core/errors';
import { TOAST_MS, type Toasts } from './toasts.svelte';

export class Removals {
  readonly #toasts: Toasts;
  readonly #hidden = new SvelteSet<string>();
  #waiting: { id: string; toast: number; timer: ReturnType<typeof setTimeout>; forGood(): Promise<void> } | null = null;

  constructor(toasts: Toasts) {
    this.#toasts = toasts;
  }

  isHidden(id: string): boolean {
    return this.#hidden.has(id);
  }

  /** Hides `id` and says `message` with Undo; `forGood` deletes it when the time is over. */
  remove(id: string, message: string, forGood: () => Promise<void>): void {
    this.#finish();
    this.#hidden.add(id);
    const toast = this.#toasts.show(message, { label: 'Undo', run: () => this.#undo() });
    this.#waiting = { id, toast, forGood, timer: setTimeout(() => this.#finish(), TOAST_MS) };
  }

  /** Takes a removal back that still waits: the thing came in again, and is not to be deleted under the person. */
  keep(id: string): void {
    if (this.#waiting?.id !== id) return;
    this.#toasts.dismiss(this.#waiting.toast);
    this.#undo();
  }

  #undo(): void {
    if (!this.#waiting) return;
    clearTimeout(this.#waiting.timer);
    this.#hidden.delete(this.#waiting.id);
    this.#waiting = null;
  }

  #finish(): void {
    const waiting = this.#waiting;
    if (!waiting) return;
    this.#waiting = null;
    clearTimeout(waiting.timer);
    this.#toasts.dismiss(waiting.toast);
    waiting.forGood().catch((error: unknown) => {
      this.#hidden.delete(waiting.id);
      this.#toasts.show(toErrorData(error).message);
    });
  }
}
