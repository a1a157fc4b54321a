/** The one step that all charts of a screen point at; null while nobody points. */
export class Crosshair {
  #step = $state<number | null>(null);

  get step(): number | null {
    return this.#step;
  }

  show(step: number): void {
    this.#step = step;
  }

  hide(): void {
    this.#step = null;
  }
}
