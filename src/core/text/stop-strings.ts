/** Ends a text that comes in pieces before any of some texts, wherever the pieces are cut. */

export class StopStrings {
  readonly #stops: readonly string[];
  #held = '';
  #stopped = false;

  /** Empty ones are none. */
  constructor(stops: readonly string[]) {
    this.#stops = stops.filter((stop) => stop !== '');
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** What of the text so far is certain to stay and was not given yet. */
  push(piece: string): string {
    if (this.#stopped) return '';
    this.#held += piece;
    const found = this.#stops.map((stop) => this.#held.indexOf(stop)).filter((at) => at >= 0);
    if (found.length > 0) {
      this.#stopped = true;
      return this.#give(Math.min(...found), '');
    }
    // The longest end that may be the beginning of a stop.
    const begins = (end: string): boolean => this.#stops.some((stop) => stop.startsWith(end));
    let from = Math.max(0, this.#held.length - Math.max(0, ...this.#stops.map((stop) => stop.length - 1)));
    while (from < this.#held.length && !begins(this.#held.slice(from))) from++;
    return this.#give(from, this.#held.slice(from));
  }

  /** What was held back, when no more text comes. */
  end(): string {
    return this.#give(this.#held.length, '');
  }

  #give(length: number, rest: string): string {
    const given = this.#held.slice(0, length);
    this.#held = rest;
    return given;
  }
}
