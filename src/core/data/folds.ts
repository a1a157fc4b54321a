/**
 * k folds: stratified (every fold has its share of every class), grouped (rows of one group stay together) and seeded.
 * Where a rule cannot be met, a note says so.
 *
 * Greedy as in scikit-learn's StratifiedGroupKFold. Large groups first, each goes where the classes stay most even;
 * ties go to the smaller fold. Rows without copies make this the usual stratified k-fold. Large first deals copies out
 * evenly, but always in the same order: so the folds are numbered anew at random at the end, and none is by its number
 * the one with the largest group.
 */
import { AppError } from '../errors';
import { formatAmount } from '../words/numbers';
import { nameList } from '../words/excerpt';
import { createRandom, permutation, shuffle } from '../random';
import { countClasses, countGroups, gatherGroups, nameOf, type Numbers } from './members';

export interface Folds {
  /** Fold of every row [rows], 0 … folds − 1. */
  foldOf: Int32Array;
  /** Number of folds: `k`, or fewer where there are fewer groups; a note says so. */
  folds: number;
  /** What could not be done as asked, in words. */
  notes: string[];
}

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
  const members = gatherGroups(labelIndices, groups);
  if (members.length < 2) {
    const message =
      labelIndices.length < 2
        ? 'Cross-validation needs at least 2 rows. Add rows.'
        : 'All rows are copies of each other or belong together, so none can test a model trained on others. Add other rows.';
    throw new AppError('data-unusable', message, { details: { groups: members.length } });
  }
  const folds = Math.min(k, members.length);
  const classCounts = countClasses(labelIndices);
  const classes = classCounts.length;
  const inFold = new Float64Array(folds * classes); // rows of a class in a fold [folds, classes]
  const foldSizes = new Float64Array(folds);
  const foldOf = new Int32Array(labelIndices.length);

  const random = createRandom(seed);
  const order = shuffle([...members], random).sort((a, b) => b.rows.length - a.rows.length);
  for (const { rows, own } of order) {
    let best = 0;
    let bestCost = Infinity;
    for (let fold = 0; fold < folds; fold++) {
      // How much the sum over folds of squared class shares grows: least where the classes stay most even.
      let cost = 0;
      for (const [label, count] of own) {
        const before = inFold[fold * classes + label] ?? 0;
        cost += ((before + count) ** 2 - before ** 2) / (classCounts[label] ?? 1) ** 2;
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
  const names = Int32Array.from(permutation(folds, random));
  const groupCounts = countGroups(members, classes);
  const copied = members.length < labelIndices.length;
  const notes = foldNotes({ k, folds, inFold, classCounts, groupCounts, copied, labelNames });
  return { foldOf: foldOf.map((fold) => names[fold] ?? 0), folds, notes };
}

interface Dealt {
  k: number;
  folds: number;
  /** Rows of a class in a fold [folds, classes]. */
  inFold: Float64Array;
  classCounts: readonly number[];
  groupCounts: readonly number[];
  /** True when any group has several rows. */
  copied: boolean;
  labelNames: readonly string[];
}

function foldNotes({ k, folds, inFold, classCounts, groupCounts, copied, labelNames }: Dealt): string[] {
  const notes: string[] = [];
  if (folds < k) {
    const why = copied ? `rows that belong together make only ${folds} groups` : `there are only ${folds} rows`;
    notes.push(`${folds} folds instead of ${k}: ${why}.`);
  }
  const single: string[] = [];
  const together: string[] = [];
  const absent: string[] = [];
  for (const [label, count] of classCounts.entries()) {
    if (count === 0) continue;
    let filled = 0;
    for (let fold = 0; fold < folds; fold++) if ((inFold[fold * classCounts.length + label] ?? 0) > 0) filled += 1;
    const name = nameOf(label, labelNames);
    const groups = groupCounts[label] ?? 0;
    const own =
      groups < count
        ? `${formatAmount(count, 'row')} in ${formatAmount(groups, 'group')},`
        : formatAmount(count, 'row');
    if (count === 1) single.push(name);
    else if (groups === 1) together.push(name);
    else if (filled < folds) absent.push(`${name} (${own} in ${formatAmount(filled, 'fold')})`);
  }
  if (single.length > 0) {
    notes.push(
      `One row only: ${nameList(single)}. It is tested by a model that never saw its class, so it counts as wrong.`,
    );
  }
  if (together.length > 0) {
    notes.push(
      `All rows are copies of each other or belong together, and share a fold: ${nameList(together)}. ` +
        'They are tested by a model that never saw their class, so they count as wrong.',
    );
  }
  if (absent.length > 0) {
    notes.push(`Too few rows or groups for all folds, so some folds test none of them: ${listPlain(absent)}.`);
  }
  return notes;
}

function listPlain(items: readonly string[]): string {
  return items.length > 5 ? `${items.slice(0, 5).join(', ')} and ${items.length - 5} more` : items.join(', ');
}
