/**
 * Pairs of rows for contrastive tuning: same label → 1, different labels → 0.
 * Source: Tunstall et al. 2022, «Efficient Few-Shot Learning Without Prompts» (SetFit), section 3.1.
 */
import { shuffle, type Random } from '../../../core/random';

export interface Pair {
  /** Positions in the array of labels. */
  a: number;
  b: number;
  /** 1 for the same label, 0 for different ones. */
  target: 0 | 1;
}

/**
 * `pairsPerRow` positive and as many negative pairs for every row, shuffled; at most `budget` pairs.
 * Partners are drawn with replacement and are never the row itself; a row alone in its label gets negatives only.
 * Rounds over all rows are drawn one after the other, so that a budget cuts every row alike.
 */
export function samplePairs(labels: Int32Array, pairsPerRow: number, budget: number, random: Random): Pair[] {
  const byLabel = new Map<number, number[]>();
  labels.forEach((label, row) => {
    const rows = byLabel.get(label);
    if (rows) rows.push(row);
    else byLabel.set(label, [row]);
  });
  const pairs: Pair[] = [];
  for (let round = 0; round < pairsPerRow && pairs.length < budget; round++) {
    const drawn: Pair[] = [];
    labels.forEach((label, row) => {
      const same = byLabel.get(label) ?? [];
      if (same.length > 1) drawn.push({ a: row, b: otherThan(row, same, random), target: 1 });
      if (same.length < labels.length) drawn.push({ a: row, b: otherLabel(label, labels, random), target: 0 });
    });
    pairs.push(...shuffle(drawn, random).slice(0, budget - pairs.length));
  }
  return shuffle(pairs, random);
}

function otherThan(row: number, rows: number[], random: Random): number {
  const drawn = Math.floor(random() * (rows.length - 1));
  const found = rows[drawn] ?? row;
  return found === row ? (rows[rows.length - 1] ?? row) : found;
}

/** By rejection: labels with most rows need a few more draws, and every row stays equally likely. */
function otherLabel(label: number, labels: Int32Array, random: Random): number {
  for (;;) {
    const row = Math.floor(random() * labels.length);
    if (labels[row] !== label) return row;
  }
}
