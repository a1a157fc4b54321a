/**
 * How long the texts of a set are, as a tally: how many rows have one token, two, three … Small whatever the number of
 * rows, and all that settings and charts need to know of lengths.
 */

export interface TokenTally {
  /** Rows [length in tokens]; nothing stands behind the longest. */
  readonly rowsOf: Int32Array;
}

/** Counts lengths, chunk by chunk. */
export class TokenTallier {
  #rows = new Int32Array(64);
  #longest = -1;

  add(counts: ArrayLike<number>): void {
    for (let row = 0; row < counts.length; row++) {
      const length = counts[row] ?? 0;
      if (length >= this.#rows.length) {
        const larger = new Int32Array(Math.max(length + 1, 2 * this.#rows.length));
        larger.set(this.#rows);
        this.#rows = larger;
      }
      this.#rows[length] = (this.#rows[length] ?? 0) + 1;
      if (length > this.#longest) this.#longest = length;
    }
  }

  tally(): TokenTally {
    return { rowsOf: this.#rows.slice(0, this.#longest + 1) };
  }
}

/** The tally of some rows' lengths. */
export function tallyTokens(counts: ArrayLike<number>): TokenTally {
  const tallier = new TokenTallier();
  tallier.add(counts);
  return tallier.tally();
}

/** How many rows were counted. */
export function talliedRows({ rowsOf }: TokenTally): number {
  let rows = 0;
  for (const count of rowsOf) rows += count;
  return rows;
}

/** Tokens of the longest row; 0 where there is none. */
export function longestOf({ rowsOf }: TokenTally): number {
  return Math.max(0, rowsOf.length - 1);
}

/** How many rows are longer than `limit`. */
export function rowsOver({ rowsOf }: TokenTally, limit: number): number {
  let rows = 0;
  for (let length = Math.max(0, Math.floor(limit) + 1); length < rowsOf.length; length++) rows += rowsOf[length] ?? 0;
  return rows;
}

/** The length at `place` among all in ascending order, 0-based; 0 where there is none. */
export function lengthAt({ rowsOf }: TokenTally, place: number): number {
  let rows = 0;
  for (const [length, count] of rowsOf.entries()) {
    rows += count;
    if (rows > place) return length;
  }
  return 0;
}
