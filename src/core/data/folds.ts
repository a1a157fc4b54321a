/**
 * Splits of rows: k folds, a test part, an inner part for early stopping. All are stratified (every part has its share
 * of every class), grouped (rows of one group stay together) and seeded. Where a rule cannot be met, a note says so.
 *
 * Folds: greedy as in scikit-learn's StratifiedGroupKFold. Large groups first, each goes where the classes stay most
 * even; ties go to the smaller fold. Rows without copies make this the usual stratified k-fold.
 */
import { AppError } from '../errors';
import { formatAmount } from '../formats/numbers';
import { nameList } from '../quality/excerpt';
import { createRandom, shuffle } from '../random';

export interface Folds {
  /** Fold of every row [rows], 0 … folds − 1. */
  foldOf: Int32Array;
  /** Number of folds: `k`, or fewer where there are fewer groups; a note says so. */
  folds: number;
  /** What could not be done as asked, in words. */
  notes: string[];
}

export interface Split {
  /** Row numbers of both parts, ascending. */
  train: Int32Array;
  held: Int32Array;
  notes: string[];
}

/** Numbers, in an array or a typed one. */
type Numbers = ArrayLike<number>;

/**
 * Puts every row in exactly one of `k` folds. `labelNames` (by index) are for the notes.
 * Throws `data-unusable` where there are fewer than two groups.
 */
export function makeFolds(
  labelIndices: Numbers,
  groups: Numbers,
  k: number,
  seed: number,
  labelNames: readonly string[] = [],
): Folds {
  const members = gather(groups, labelIndices.length);
  if (members.length < 2) {
    const message = `Cross-validation needs at least 2 different texts; there are ${members.length}. Add rows.`;
    throw new AppError('data-unusable', message, { details: { texts: members.length } });
  }
  const folds = Math.min(k, members.length);
  const classCounts = countClasses(labelIndices);
  const classes = classCounts.length;
  const inFold = new Float64Array(folds * classes); // rows of a class in a fold [folds, classes]
  const foldSizes = new Float64Array(folds);
  const foldOf = new Int32Array(labelIndices.length);

  for (const rows of inOrder(members, seed)) {
    const own = countOwn(rows, labelIndices);
    let best = 0;
    let bestCost = Infinity;
    for (let fold = 0; fold < folds; fold++) {
      // How much the sum over folds of squared class shares grows: least where the classes stay most even.
      let cost = 0;
      for (const [label, count] of own) {
        const before = inFold[fold * classes + label] ?? 0;
        cost += (count * (2 * before + count)) / (classCounts[label] ?? 1) ** 2;
      }
      const smaller = (foldSizes[fold] ?? 0) < (foldSizes[best] ?? 0);
      if (cost < bestCost - 1e-12 || (cost < bestCost + 1e-12 && smaller)) {
        best = fold;
        bestCost = cost;
      }
    }
    for (const [label, count] of own) {
      const cell = best * classes + label;
      inFold[cell] = (inFold[cell] ?? 0) + count;
    }
    foldSizes[best] = (foldSizes[best] ?? 0) + rows.length;
    for (const row of rows) foldOf[row] = best;
  }
  return { foldOf, folds, notes: foldNotes(k, folds, inFold, classCounts, labelNames) };
}

/** Holds out about `share` (0–1) of the rows for a test; every class keeps at least one group for training. */
export function holdOut(
  labelIndices: Numbers,
  groups: Numbers,
  share: number,
  seed: number,
  labelNames: readonly string[] = [],
): Split {
  const members = gather(groups, labelIndices.length);
  const classCounts = countClasses(labelIndices);
  const wanted = apportion(classCounts, share);
  const left = Float64Array.from(classCounts);
  const heldCounts = new Float64Array(classCounts.length);
  const isHeld = new Uint8Array(labelIndices.length);

  for (const rows of inOrder(members, seed)) {
    const own = countOwn(rows, labelIndices);
    let gain = 0;
    let empties = false;
    for (const [label, count] of own) {
      const missing = (wanted[label] ?? 0) - (heldCounts[label] ?? 0);
      gain += (missing ** 2 - (missing - count) ** 2) / (classCounts[label] ?? 1);
      empties ||= (left[label] ?? 0) - count < 1;
    }
    if (gain <= 0 || empties) continue;
    for (const [label, count] of own) {
      heldCounts[label] = (heldCounts[label] ?? 0) + count;
      left[label] = (left[label] ?? 0) - count;
    }
    for (const row of rows) isHeld[row] = 1;
  }
  const absent = classCounts.flatMap((count, label) =>
    count > 0 && (heldCounts[label] ?? 0) === 0 ? [nameOf(label, labelNames)] : [],
  );
  const notes = absent.length === 0 ? [] : [`Too few rows to be in the test part: ${nameList(absent)}.`];
  const all = Array.from(isHeld, (_, row) => row);
  return {
    train: Int32Array.from(all.filter((row) => isHeld[row] === 0)),
    held: Int32Array.from(all.filter((row) => isHeld[row] === 1)),
    notes,
  };
}

/** A split of the given rows only: the inner part that early stopping and the choice of strength look at. */
export function innerSplit(
  rows: Numbers,
  labelIndices: Numbers,
  groups: Numbers,
  share: number,
  seed: number,
): Pick<Split, 'train' | 'held'> {
  const rowAt = Int32Array.from(rows);
  const { train, held } = holdOut(
    rowAt.map((row) => labelIndices[row] ?? 0),
    rowAt.map((row) => groups[row] ?? 0),
    share,
    seed,
  );
  return { train: train.map((i) => rowAt[i] ?? 0), held: held.map((i) => rowAt[i] ?? 0) };
}

/** Row numbers of every group. */
function gather(groups: Numbers, rows: number): number[][] {
  const members = new Map<number, number[]>();
  for (let row = 0; row < rows; row++) {
    const group = groups[row] ?? 0;
    const known = members.get(group);
    if (known) known.push(row);
    else members.set(group, [row]);
  }
  return [...members.values()];
}

/** Groups in a seeded order, larger ones first: a late large group could not be evened out. */
function inOrder(members: number[][], seed: number): number[][] {
  return shuffle([...members], createRandom(seed)).sort((a, b) => b.length - a.length);
}

function countClasses(labelIndices: Numbers): number[] {
  const counts: number[] = [];
  for (let row = 0; row < labelIndices.length; row++) {
    const label = labelIndices[row] ?? 0;
    while (counts.length <= label) counts.push(0);
    counts[label] = (counts[label] ?? 0) + 1;
  }
  return counts;
}

function countOwn(rows: readonly number[], labelIndices: Numbers): Map<number, number> {
  const own = new Map<number, number>();
  for (const row of rows) own.set(labelIndices[row] ?? 0, (own.get(labelIndices[row] ?? 0) ?? 0) + 1);
  return own;
}

/** Rows of every class to hold out: whole numbers that add up to the share of all rows (largest remainders). */
function apportion(classCounts: readonly number[], share: number): number[] {
  const total = Math.round(classCounts.reduce((sum, count) => sum + count, 0) * share);
  const wanted = classCounts.map((count) => Math.min(Math.floor(count * share), Math.max(0, count - 1)));
  const byRemainder = classCounts
    .map((count, label) => ({ label, rest: count * share - (wanted[label] ?? 0), room: count - 1 }))
    .sort((a, b) => b.rest - a.rest);
  let missing = total - wanted.reduce((sum, count) => sum + count, 0);
  for (const { label, room } of byRemainder) {
    if (missing <= 0) break;
    if ((wanted[label] ?? 0) >= room) continue;
    wanted[label] = (wanted[label] ?? 0) + 1;
    missing -= 1;
  }
  return wanted;
}

function foldNotes(
  k: number,
  folds: number,
  inFold: Float64Array,
  classCounts: readonly number[],
  labelNames: readonly string[],
): string[] {
  const notes: string[] = [];
  if (folds < k) notes.push(`${folds} folds instead of ${k}: there are only ${folds} different texts.`);
  const single: string[] = [];
  const together: string[] = [];
  const absent: string[] = [];
  for (const [label, count] of classCounts.entries()) {
    if (count === 0) continue;
    let filled = 0;
    for (let fold = 0; fold < folds; fold++) if ((inFold[fold * classCounts.length + label] ?? 0) > 0) filled += 1;
    const name = nameOf(label, labelNames);
    if (count === 1) single.push(name);
    else if (filled === 1) together.push(name);
    else if (filled < folds) absent.push(`${name} (${formatAmount(count, 'row')} in ${formatAmount(filled, 'fold')})`);
  }
  if (single.length > 0) {
    notes.push(
      `One row only: ${nameList(single)}. It is tested by a model that never saw its class, so it counts as wrong.`,
    );
  }
  if (together.length > 0) {
    notes.push(
      `All rows are copies of each other and share a fold: ${nameList(together)}. No model that tests them saw the class.`,
    );
  }
  if (absent.length > 0) {
    notes.push(`Fewer rows than folds, so some folds test none of them: ${listPlain(absent)}.`);
  }
  return notes;
}

function listPlain(items: readonly string[]): string {
  return items.length > 5 ? `${items.slice(0, 5).join(', ')} and ${items.length - 5} more` : items.join(', ');
}

function nameOf(label: number, labelNames: readonly string[]): string {
  return labelNames[label] ?? String(label);
}
