/**
 * What a classifier from elsewhere answers to a person's own rows: the figures and the mistakes that a report has of answered
 * rows. Labels are matched by their names, letter for letter; a row whose label the model does not have cannot be right, and counts.
 */
import type { Row } from '../data/dataset';
import { groupForSplits } from '../data/split-groups';
import type { Answer, Reading } from './classification';
import { answersOf, figuresOf, type LabelledRows } from './figures';

export interface Evaluation {
  reading: Reading & { predictions: Answer[] };
  /** Wrong answers, the surest first. */
  mistakes: Answer[];
  /** Labels of the rows that the model does not have, with how many rows they are on. */
  unknown: { label: string; rows: number }[];
  /** Labels of the model that no row has. */
  unused: string[];
}

/** How the labels of some rows fit those of a model, before anything is answered. */
export function matchLabels(
  own: readonly { label: string; count: number }[],
  ofModel: readonly string[],
): Pick<Evaluation, 'unknown' | 'unused'> & { shared: number } {
  const known = new Set(ofModel);
  const here = new Set(own.map(({ label }) => label));
  const unknown = own.filter(({ label }) => !known.has(label)).map(({ label, count }) => ({ label, rows: count }));
  return { unknown, unused: ofModel.filter((label) => !here.has(label)), shared: own.length - unknown.length };
}

/**
 * `probabilities`: of each row, by the model's labels; at least one row. Copies, near copies and rows that are kept together
 * count as one in the intervals, as in the report of a run.
 */
export function evaluate(
  rows: readonly Pick<Row, 'line' | 'text' | 'target' | 'together'>[],
  ofModel: readonly string[],
  probabilities: readonly (readonly number[])[],
): Evaluation {
  const counts = new Map<string, number>();
  for (const { target } of rows) counts.set(target, (counts.get(target) ?? 0) + 1);
  const { unknown, unused } = matchLabels(
    Array.from(counts, ([label, count]) => ({ label, count })),
    ofModel,
  );
  // No answer can be one of those behind the model's own.
  const labels = [...ofModel, ...unknown.map(({ label }) => label)];
  const positions = new Map(labels.map((label, position) => [label, position]));
  const all = new Float32Array(rows.length * labels.length);
  probabilities.forEach((own, row) => all.set(own, row * labels.length));
  const labelled: LabelledRows = {
    labels,
    labelIndices: Int32Array.from(rows, ({ target }) => positions.get(target) ?? 0),
    lines: Int32Array.from(rows, ({ line }) => line),
    texts: rows.map(({ text }) => text),
    groups: groupForSplits(rows).groups,
  };
  const predictions = { rows: Int32Array.from(rows.keys()), probabilities: all };
  const answers = answersOf(labelled, predictions, { fold: null });
  const mistakes = answers.filter(({ label, predicted }) => label !== predicted);
  return {
    reading: { ...figuresOf(labelled, predictions), predictions: answers },
    mistakes: mistakes.sort((a, b) => b.confidence - a.confidence),
    ...{ unknown, unused },
  };
}
