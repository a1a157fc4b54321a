/** Short messages that go by themselves, at most with one thing to do: Undo. */
export interface Toast {
  id: number;
  message: string;
  action?: ToastAction | undefined;
}

export interface ToastAction {
  label: string;
  run(): void;
}

/** How long a toast stays, and how long a deletion can be undone. */
export const TOAST_MS = 8_000;

export class Toasts {
  #list: Toast[] = $state.raw([]);
  #lastId = 0;

  get list(): Toast[] {
    return this.#list;
  }

  /** Shows a message; the action takes it away. Returns its id. */
  show(message: string, action?: ToastAction): number {
    const id = this.keep(message, action);
    setTimeout(() => this.dismiss(id), TOAST_MS);
    return id;
  }

  /** As `show`, but it stays until it is taken away. */
  keep(message: string, action?: ToastAction): number {
    const id = ++this.#lastId;
    const run = (): void => {
      this.dismiss(id);
      action?.run();
    };
    this.#list = [...this.#list, { id, message, action: action && { label: action.label, run } }];
    return id;
  }

  dismiss(id: number): void {
    this.#list = this.#list.filter((toast) => toast.id !== id);
  }
}
