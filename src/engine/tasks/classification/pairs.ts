/**
 * Rows for contrastive tuning in batches, and the pairs among them. A batch is some labels with some rows of each, so that
 * every one has pairs of both kinds: of 30 rows 435 pairs are compared, where as many rows drawn as pairs give 15.
 */
import { shuffle, type Random } from '../../../core/random';

/** Rows that cannot be computed apart: two labels' two rows, so that there are pairs of both kinds among them. */
export const UNIT_ROWS = 4;

/** All labels where there is room for two rows of each, else half as many labels as rows. */
export function batchShape(labels: number, batchSize: number): { labels: number; rows: number } {
  const size = Math.max(UNIT_ROWS, batchSize);
  const taken = Math.min(labels, Math.floor(size / 2));
  return { labels: taken, rows: Math.floor(size / Math.max(1, taken)) };
}

/**
 * So many batches of about `batchSize` rows, as positions in `labels`; none where there are no two rows. Labels come alike
 * often, and so do the rows of one: none comes again before all others have. Rows stand in twos of a label, so that a
 * batch may be cut behind every fourth.
 */
export function sampleBatches(labels: Int32Array, batchSize: number, count: number, random: Random): number[][] {
  if (labels.length < 2) return [];
  const rowsOf = new Map<number, number[]>();
  labels.forEach((label, row) => void rowsOf.set(label, [...(rowsOf.get(label) ?? []), row]));
  const shape = batchShape(rowsOf.size, batchSize);
  const labelDeck = new Deck([...rowsOf.keys()], random);
  const decks = new Map(Array.from(rowsOf, ([label, rows]) => [label, new Deck(rows, random)]));
  return Array.from({ length: count }, () => {
    const drawn = labelDeck.deal(shape.labels).map((label) => decks.get(label)?.deal(shape.rows) ?? []);
    return Array.from({ length: Math.ceil(shape.rows / 2) }, (_, two) =>
      drawn.flatMap((rows) => rows.slice(2 * two, 2 * two + 2)),
    ).flat();
  });
}

/** Things dealt one after the other, and shuffled again when all have been. */
class Deck {
  readonly #things: readonly number[];
  readonly #random: Random;
  #left: number[] = [];

  constructor(things: readonly number[], random: Random) {
    this.#things = things;
    this.#random = random;
  }

  /** So many different ones, or all that there are. */
  deal(count: number): number[] {
    const dealt = new Set<number>();
    while (dealt.size < Math.min(count, this.#things.length)) {
      if (this.#left.length === 0) this.#left = shuffle([...this.#things], this.#random);
      const next = this.#left.pop() ?? 0;
      // Dealt already, from before the shuffle: it waits at the bottom.
      if (dealt.has(next)) this.#left.unshift(next);
      else dealt.add(next);
    }
    return [...dealt];
  }
}

/** A batch in fours; what is left over stays with the last. */
export function unitsOf(rows: readonly number[]): number[][] {
  const units = Math.max(1, Math.floor(rows.length / UNIT_ROWS));
  return Array.from({ length: units }, (_, i) =>
    rows.slice(i * UNIT_ROWS, i === units - 1 ? rows.length : (i + 1) * UNIT_ROWS),
  );
}

/** Positions of all pairs of one label, and of two: those of pair i at 2·i and 2·i + 1. */
export interface Pairs {
  alike: Int32Array;
  unlike: Int32Array;
}

export function pairsOf(labels: ArrayLike<number>): Pairs {
  const alike: number[] = [];
  const unlike: number[] = [];
  for (let a = 0; a < labels.length; a++) {
    for (let b = a + 1; b < labels.length; b++) (labels[a] === labels[b] ? alike : unlike).push(a, b);
  }
  return { alike: Int32Array.from(alike), unlike: Int32Array.from(unlike) };
}
