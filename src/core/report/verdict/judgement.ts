/**
 * What the figures of a report allow to be claimed: by which measure, against whom, and how each comparison stands.
 * The words are elsewhere; here every claim has its condition.
 */
import type { Comparison, McNemarFigures, ClassificationReport, UnseenRows } from '../classification';
import type { ClassificationMetricId } from '../../metrics/registry';
import { BASELINE_WORDS } from '../../settings/baselines';
import type { BaselineId } from '../../settings/settings';
import { opponentOf } from '../opponent';
import type { Figures } from './figures';

/** What a p or a chance has to reach. */
export const SURE = 0.95;

/** The measure that the verdict goes by. */
export function metricOf({ judged_by, settings }: Pick<Figures, 'judged_by' | 'settings'>): ClassificationMetricId {
  return judged_by ?? (settings['class_weight'] === 'balanced' ? 'macro_f1' : 'accuracy');
}

/**
 * How a difference stands: `clear` beyond the region that counts as none, `real` above nought, `equal` with 95 % chance
 * within the region, `worse` below nought; else `open`.
 */
export type Standing = 'clear' | 'real' | 'equal' | 'open' | 'worse';

export function standing({ ci95: [low, high], rope, p_equivalent }: Comparison): Standing {
  // An interval without width, as reports of version 0.1 can have, claims nothing.
  if (!(high > low)) return 'open';
  if (low > rope) return 'clear';
  if (high < 0) return 'worse';
  if (low > 0) return 'real';
  return p_equivalent >= SURE ? 'equal' : 'open';
}

/** The simpler method that the run is measured against first, and how it stands against it. */
export interface Opponent {
  id: BaselineId;
  name: string;
  enough: string;
  comparison: Comparison | null;
}

export function againstOpponent(report: Figures): Opponent {
  const id = opponentOf(report);
  const { name, enough } = BASELINE_WORDS[id];
  return { id, name, enough, comparison: comparisonWith(report, id) };
}

function comparisonWith(report: Figures, id: BaselineId): Comparison | null {
  return report.comparisons[id]?.[metricOf(report)] ?? null;
}

/** Against TF-IDF where that is not the opponent anyway. */
export function tfIdfOf(report: Figures): Comparison | null {
  return opponentOf(report) === 'tfidf_logistic_regression'
    ? null
    : comparisonWith(report, 'tfidf_logistic_regression');
}

/** Against always giving the commonest label; null in reports of version 0.1. */
export function majorityOf(report: Figures): Comparison | null {
  return comparisonWith(report, 'majority');
}

/** The rows of the test part that say something: all of them, or where some were seen those that were not. */
export interface TestRows {
  rows: number;
  right: number;
  accuracy: number;
  interval: [number, number];
  /** Against whom the method is measured first, on the same rows; null in reports of version 0.1. */
  paired: McNemarFigures | null;
  /** Null where it was not measured on these rows. */
  tfIdf: number | null;
}

export function freshTest(report: Figures): TestRows | null {
  const { test } = report;
  if (!test || test.unseen === null) return null;
  const part: UnseenRows | NonNullable<ClassificationReport['test']> = test.unseen ?? test;
  return {
    rows: part.rows,
    right: part.right,
    accuracy: part.accuracy,
    interval: part.accuracy_ci95 ?? ('accuracy_wilson95' in part ? part.accuracy_wilson95 : [0, 1]),
    paired: pairedWith(opponentOf(report), part),
    tfIdf: part.baselines.tfidf_logistic_regression?.accuracy ?? null,
  };
}

/** The rows of a part that only one of the two got right; null where a report does not have it. */
export function pairedWith(
  id: BaselineId,
  part: Pick<NonNullable<Figures['test']>, 'mcnemar' | 'mcnemar_tfidf'>,
): McNemarFigures | null {
  if (id === 'majority') return null;
  return (id === 'features_only' ? part.mcnemar : part.mcnemar_tfidf) ?? null;
}

/** A gain (or loss) on the test part that chance does not explain, as a share; null where there is none. */
export function clearTestGain(report: Figures): number | null {
  const part = freshTest(report);
  if (!part?.paired || part.paired.p_two_sided >= 1 - SURE) return null;
  const gain = (part.paired.only_tuned_right - part.paired.only_base_right) / part.rows;
  return gain === 0 ? null : gain;
}

/** The test part gives so much less than the folds that no claim of theirs can stand before it. */
export const COLLAPSE = 0.2;

export function collapsed(report: Figures): TestRows | null {
  const part = freshTest(report);
  if (part === null) return null;
  const { mean, ci95 } = report.cross_validation.accuracy;
  return part.interval[1] < (ci95?.[0] ?? mean) && mean - part.accuracy >= COLLAPSE ? part : null;
}

/** Findings that make a score good without the task being learnt. */
export const TELLTALES: ReadonlySet<string> = new Set(['template-leak', 'label-in-text', 'giveaway']);
/** From here on a score is near perfect. */
export const NEAR_PERFECT = 0.97;
/** So large a share of the test part explains a perfect score there. */
const MANY_SEEN = 0.2;
/** By so much the rows that were seen must lift the score. */
const BY_MEMORY = 0.05;

export interface TooGood {
  where: 'folds' | 'test';
  /** Titles of the findings that explain it; none where the test part repeats training rows. */
  findings: string[];
}

/** Near-perfect scores with a reason for them in the data; null where either is missing. */
export function tooGood({ cross_validation: folds, baselines, dataset, test }: Figures): TooGood | null {
  const findings = (dataset.findings ?? []).filter(({ id }) => TELLTALES.has(id)).map(({ title }) => title);
  const perfect = (score: { accuracy: { mean: number }; macro_f1: { mean: number } } | null): boolean =>
    score !== null && Math.min(score.accuracy.mean, score.macro_f1.mean) >= NEAR_PERFECT;
  if (findings.length > 0 && (perfect(folds) || perfect(baselines.tfidf_logistic_regression))) {
    return { where: 'folds', findings };
  }
  if (!test?.seen || test.accuracy < NEAR_PERFECT) return null;
  const remembered =
    test.seen.rows / test.rows >= MANY_SEEN && test.accuracy - (test.unseen?.accuracy ?? 0) >= BY_MEMORY;
  return remembered ? { where: 'test', findings: [] } : null;
}
