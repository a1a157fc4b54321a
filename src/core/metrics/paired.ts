/**
 * Is B better than A on the same rows? Over folds: the corrected resampled t-test of Nadeau & Bengio (2003) with the
 * posterior of Corani & Benavoli (2015), which has the same t distribution and lets «practically equal» be an
 * answer. On one test part: McNemar's exact test. Differences are B − A.
 */
import { AppError } from '../errors';
import { foldStandardError, meanAndSd, type Interval } from './intervals';
import { fairBinomialCdf, studentTCdf, studentTQuantile, studentTUpperTail } from './student-t';

/** Differences up to one point are called practically equal. */
export const ROPE = 0.01;

export interface PairedComparison {
  meanDifference: number;
  standardError: number;
  /** ±∞ where every fold differs by the same amount, 0 where none differs. */
  t: number;
  pTwoSided: number;
  ci95: Interval;
  /** Half-width of the region of practical equivalence. */
  rope: number;
  /** Posterior probabilities; they add up to 1. */
  pWorse: number;
  pEquivalent: number;
  pBetter: number;
}

/** Compares two methods by their scores on the same 2 or more finished folds of `planned` ones. */
export function compareOnFolds(
  scoresA: ArrayLike<number>,
  scoresB: ArrayLike<number>,
  { rope = ROPE, planned = scoresA.length }: { rope?: number; planned?: number } = {},
): PairedComparison {
  const folds = scoresA.length;
  if (folds < 2 || scoresB.length !== folds) {
    throw new AppError('internal', `Paired folds are needed, at least 2; got ${folds} and ${scoresB.length}.`);
  }
  const { mean, sd } = meanAndSd(Array.from(scoresA, (a, i) => (scoresB[i] ?? 0) - a));
  const standardError = foldStandardError(sd, folds, planned);
  const df = folds - 1;
  const inUnits = (distance: number) => (distance === 0 ? 0 : distance / standardError);
  const t = inUnits(mean);
  const half = studentTQuantile(0.975, df) * standardError;
  const pWorse = studentTCdf(inUnits(-rope - mean), df);
  const pBetter = studentTUpperTail(inUnits(rope - mean), df);
  return {
    meanDifference: mean,
    standardError,
    t,
    pTwoSided: 2 * studentTUpperTail(Math.abs(t), df),
    ci95: [mean - half, mean + half],
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

/** The same from the answers of both to the same rows. */
export function mcNemarFromAnswers(
  yTrue: ArrayLike<number>,
  answersA: ArrayLike<number>,
  answersB: ArrayLike<number>,
): McNemar {
  let onlyA = 0;
  let onlyB = 0;
  for (let i = 0; i < yTrue.length; i++) {
    const rightA = answersA[i] === yTrue[i];
    const rightB = answersB[i] === yTrue[i];
    if (rightA && !rightB) onlyA++;
    if (rightB && !rightA) onlyB++;
  }
  return mcNemarExact(onlyA, onlyB);
}
