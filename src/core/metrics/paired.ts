/**
 * Is B better than A on the same rows? Over folds: the corrected resampled t-test of Nadeau & Bengio (2003) with the
 * posterior of Corani & Benavoli (2015), which has the same t distribution and lets «practically equal» be an
 * answer. On one test part: McNemar's exact test, in which rows that belong together have one voice. Differences are B − A.
 */
import { AppError } from '../errors';
import { foldStandardError, meanAndSd, type Interval } from './intervals';
import { halfWidth, type RowSpread } from './row-intervals';
import { fairBinomialCdf, studentTCdf, studentTUpperTail } from './student-t';

/** Differences up to one point are called practically equal. */
export const ROPE = 0.01;

export interface PairedComparison {
  meanDifference: number;
  standardError: number;
  /** ±∞ where every fold differs by the same amount, 0 where none differs. */
  t: number;
  pTwoSided: number;
  ci95: Interval;
  /** What the interval and the chances rest on: the wider of the two. */
  from: 'folds' | 'rows';
  /** Half-width of the region of practical equivalence. */
  rope: number;
  /** Posterior probabilities; they add up to 1. */
  pWorse: number;
  pEquivalent: number;
  pBetter: number;
}

/**
 * Compares two methods by their scores on the same 2 or more finished folds of `planned` ones. Folds that happen to
 * agree say too little of other rows: where `rows` spread further, they are gone by.
 */
export function compareOnFolds(
  scoresA: ArrayLike<number>,
  scoresB: ArrayLike<number>,
  {
    rope = ROPE,
    planned = scoresA.length,
    rows = null,
  }: { rope?: number; planned?: number; rows?: RowSpread | null } = {},
): PairedComparison {
  const folds = scoresA.length;
  if (folds < 2 || scoresB.length !== folds) {
    throw new AppError('internal', `Paired folds are needed, at least 2; got ${folds} and ${scoresB.length}.`);
  }
  const { mean, sd } = meanAndSd(Array.from(scoresA, (a, i) => (scoresB[i] ?? 0) - a));
  const overFolds: RowSpread = { standardError: foldStandardError(sd, folds, planned), df: folds - 1 };
  const from = rows !== null && halfWidth(rows) > halfWidth(overFolds) ? 'rows' : 'folds';
  const spread = from === 'rows' && rows !== null ? rows : overFolds;
  const { standardError, df } = spread;
  const inUnits = (distance: number) => (distance === 0 ? 0 : distance / standardError);
  const t = inUnits(mean);
  const half = halfWidth(spread);
  const pWorse = studentTCdf(inUnits(-rope - mean), df);
  const pBetter = studentTUpperTail(inUnits(rope - mean), df);
  return {
    meanDifference: mean,
    standardError,
    t,
    pTwoSided: 2 * studentTUpperTail(Math.abs(t), df),
    ci95: [mean - half, mean + half],
    from,
    rope,
    pWorse,
    pEquivalent: Math.max(0, 1 - pWorse - pBetter),
    pBetter,
  };
}

export interface McNemar {
  onlyARight: number;
  onlyBRight: number;
  pTwoSided: number;
}

/** McNemar's exact two-sided p from the rows that only one of the two got right. */
export function mcNemarExact(onlyARight: number, onlyBRight: number): McNemar {
  const tail = fairBinomialCdf(Math.min(onlyARight, onlyBRight), onlyARight + onlyBRight);
  return { onlyARight, onlyBRight, pTwoSided: Math.min(1, 2 * tail) };
}

export interface PairedAnswers extends McNemar {
  /** Rows. */
  onlyARight: number;
  onlyBRight: number;
  /** Groups in which one of the two got more rows right: what the p counts. */
  groupsA: number;
  groupsB: number;
}

/** The same from the answers of both to the same rows; rows of one group count once, for whom they favour. */
export function mcNemarFromAnswers(
  yTrue: ArrayLike<number>,
  answersA: ArrayLike<number>,
  answersB: ArrayLike<number>,
  groups: ArrayLike<number> | null = null,
): PairedAnswers {
  let onlyARight = 0;
  let onlyBRight = 0;
  const favoured = new Map<number, number>();
  for (let i = 0; i < yTrue.length; i++) {
    const gain = Number(answersB[i] === yTrue[i]) - Number(answersA[i] === yTrue[i]);
    if (gain < 0) onlyARight++;
    if (gain > 0) onlyBRight++;
    const group = groups?.[i] ?? i;
    if (gain !== 0) favoured.set(group, (favoured.get(group) ?? 0) + gain);
  }
  const sums = [...favoured.values()];
  const groupsA = sums.filter((sum) => sum < 0).length;
  const groupsB = sums.filter((sum) => sum > 0).length;
  return { onlyARight, onlyBRight, groupsA, groupsB, pTwoSided: mcNemarExact(groupsA, groupsB).pTwoSided };
}
