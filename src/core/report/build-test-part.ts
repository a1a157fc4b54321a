/**
 * The test part of a report. Rows that stand in the training rows too are counted apart: the model has seen them, so
 * what they show is memory.
 */
import { normaliseText } from '../data/groups';
import { mcNemarFromAnswers } from '../metrics/paired';
import type { RowUnits } from '../metrics/row-intervals';
import { methodDefinition } from '../settings/methods';
import type { BaselineId } from '../settings/settings';
import type { Predictions } from '../run/predictions';
import type { ExperimentOutcome } from '../run/experiment';
import type { ReportContext } from './context';
import {
  answered,
  answersOf,
  asShare,
  type LabelledRows,
  figuresOf,
  rowUnits,
  scoresOf,
  scoresWithIntervals,
  unitsOf,
} from './figures';
import type { McNemarFigures, ClassificationReport, UnseenRows } from './classification';

const MAX_UNKNOWN_LABELS = 20;

/** What the model and the baselines answered to the test rows. */
interface Answered {
  own: Predictions;
  baselines: Record<BaselineId, Predictions>;
}

/** The test part of a report, with the probabilities of so many labels; null where there is none. */
export function testPart(
  context: ReportContext,
  { test: outcome }: ExperimentOutcome,
  told: number,
): ClassificationReport['test'] {
  const { test, rows, settings } = context;
  if (test === null || outcome === null) return null;
  const widened = (predictions: Predictions) => widen(predictions, rows.labels.length, test.labels.length);
  const own = widened(outcome);
  const isBase = methodDefinition(settings.method).baseline === 'features_only';
  const all: Answered = {
    own,
    baselines: {
      majority: widened(outcome.baselines.majority),
      tfidf_logistic_regression: widened(outcome.baselines.tfidf_logistic_regression),
      features_only: isBase ? own : widened(outcome.baselines.features_only),
    },
  };
  const units = rowUnits(test);
  const seen = test.seen ?? seenTexts(rows, test);
  const isSeen = (row: number): boolean => seen[row] === 1;
  const kept = keepRows(all, (row) => !isSeen(row), test.labels.length);
  const seenRows = own.rows.filter(isSeen);
  const { truth, answers } = answered(test, own);
  const seenRight = own.rows.filter((row, i) => isSeen(row) && truth[i] === answers[i]);
  const unknown = unknownLabels(test, rows.labels.length);
  return {
    ...figuresOf(test, own, units),
    source: test.source,
    predictions: answersOf(test, own, { fold: null, told }),
    ...pairedFigures(test, all, units, isBase),
    ...(seenRows.length > 0 && {
      seen: { rows: seenRows.length, right: seenRight.length },
      unseen: kept && unseenFigures(test, kept, units, isBase),
    }),
    ...(unknown && { unknown_labels: unknown }),
  };
}

function unseenFigures(test: LabelledRows, answers: Answered, units: RowUnits, isBase: boolean): UnseenRows {
  return { ...scoresWithIntervals(test, answers.own, units), ...pairedFigures(test, answers, units, isBase) };
}

/** The baselines on the same rows, and who is right where they differ. */
function pairedFigures(test: LabelledRows, { own, baselines }: Answered, units: RowUnits, isBase: boolean) {
  const { truth, answers } = answered(test, own);
  const { groups } = unitsOf(units, own.rows);
  const against = (id: BaselineId): McNemarFigures => {
    const paired = mcNemarFromAnswers(truth, answered(test, baselines[id]).answers, answers, groups);
    return {
      only_tuned_right: paired.onlyBRight,
      only_base_right: paired.onlyARight,
      groups_tuned_better: paired.groupsB,
      groups_base_better: paired.groupsA,
      p_two_sided: asShare(paired.pTwoSided),
    };
  };
  return {
    baselines: {
      majority: scoresOf(test, baselines.majority),
      tfidf_logistic_regression: scoresOf(test, baselines.tfidf_logistic_regression),
      features_only: scoresOf(test, baselines.features_only),
    },
    mcnemar: isBase ? null : against('features_only'),
    mcnemar_tfidf: against('tfidf_logistic_regression'),
  };
}

/** 1 for every test row whose text stands in the training rows, copies of it too. */
function seenTexts(training: LabelledRows, test: LabelledRows): Uint8Array {
  const known = new Set(training.texts.map(normaliseText));
  return Uint8Array.from(test.texts, (text) => Number(known.has(normaliseText(text))));
}

/** The answers to some of the rows; null where none is left. */
function keepRows({ own, baselines }: Answered, keep: (row: number) => boolean, classes: number): Answered | null {
  const only = ({ rows, probabilities }: Predictions): Predictions => {
    const at = Array.from(rows.keys()).filter((i) => keep(rows[i] ?? 0));
    const kept = new Float32Array(at.length * classes);
    at.forEach((i, place) => kept.set(probabilities.subarray(i * classes, (i + 1) * classes), place * classes));
    return { rows: Int32Array.from(at, (i) => rows[i] ?? 0), probabilities: kept };
  };
  const left = only(own);
  if (left.rows.length === 0) return null;
  return {
    own: left,
    baselines: {
      majority: only(baselines.majority),
      tfidf_logistic_regression: only(baselines.tfidf_logistic_regression),
      features_only: only(baselines.features_only),
    },
  };
}

/** Labels beyond the first `known`, which no answer can be. */
function unknownLabels({ labels, labelIndices }: LabelledRows, known: number) {
  const rows = labelIndices.filter((label) => label >= known);
  if (rows.length === 0) return null;
  const names = [...new Set(rows)].map((label) => labels[label] ?? '');
  return { labels: names.slice(0, MAX_UNKNOWN_LABELS), rows: rows.length };
}

/** Labels that training never saw get probability 0: such a row is wrong whatever was answered. */
function widen({ rows, probabilities }: Predictions, classes: number, widened: number): Predictions {
  if (classes === widened) return { rows, probabilities };
  const wide = new Float32Array(rows.length * widened);
  for (let row = 0; row < rows.length; row++) {
    wide.set(probabilities.subarray(row * classes, (row + 1) * classes), row * widened);
  }
  return { rows, probabilities: wide };
}
