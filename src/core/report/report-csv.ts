/**
 * The tables of a report as one CSV, safe for spreadsheets: part, name, then the figures of that part.
 * Long form (one figure a line), so that it filters and pivots without knowing the report.
 */
import { type CsvCell, toCsv } from '../formats/csv';
import { quotedInterval } from './figures';
import { ladderFigures } from './ladder-csv';
import type { ClassificationReport } from './classification';

/** The report's figures and answered rows as CSV with CRLF line ends (RFC 4180). */
export function reportToCsv(report: ClassificationReport): string {
  const lines: CsvCell[][] = [];
  /** What a report of an earlier version lacks is left out. */
  const add = (part: string, item: string, figures: Record<string, CsvCell | undefined>): void => {
    for (const [metric, value] of Object.entries(figures))
      if (value !== undefined) lines.push([part, item, metric, value]);
  };
  const { cross_validation: folds, out_of_fold, test } = report;
  add('run', report.dataset.name, {
    verdict: report.verdict.sentence,
    status: report.status,
    created_at: report.created_at,
    method: report.method,
    model: report.model.id,
    backend: report.backend,
    seed: report.seed,
    dataset_sha256: report.dataset.sha256,
    rows: report.dataset.rows,
    classes: report.dataset.classes,
  });
  add('settings', report.method, report.settings);
  for (const { part, item, figures } of ladderFigures(report)) add(part, item, figures);
  for (const { fold, rows, accuracy, macro_f1, seconds } of folds.folds) {
    add('fold', String(fold + 1), { rows, accuracy, macro_f1, seconds });
  }
  for (const metric of ['accuracy', 'macro_f1'] as const) {
    const { mean, sd, ci95, ci95_from } = folds[metric];
    add('folds', metric, { mean, sd, ci95_low: ci95?.[0] ?? null, ci95_high: ci95?.[1] ?? null, ci95_from });
    for (const [id, baseline] of Object.entries(report.baselines)) {
      if (baseline) add(`baseline ${id}`, metric, { mean: baseline[metric].mean, sd: baseline[metric].sd });
    }
    for (const [id, comparison] of Object.entries(report.comparisons)) {
      if (!comparison) continue;
      const { mean_difference, ci95, ci95_from, p_two_sided } = comparison[metric];
      add(`against ${id}`, metric, { mean_difference, ci95_low: ci95[0], ci95_high: ci95[1], ci95_from, p_two_sided });
    }
  }
  if (report.recipes) {
    const { folds, final, plain, gain, plain_test } = report.recipes;
    for (const { fold, how, recipes } of folds) {
      add('recipe', `fold ${fold + 1}`, { how, recipes: recipes.join(' | ') });
    }
    if (final) add('recipe', 'all training rows', { how: final.how, recipes: final.recipes.join(' | ') });
    add('plain recipe', 'folds', plain);
    if (plain_test) add('plain recipe', 'test', plain_test);
    for (const metric of ['accuracy', 'macro_f1'] as const) {
      if (!gain) continue;
      const { mean_difference, ci95, p_two_sided } = gain[metric];
      add('against plain recipe', metric, { mean_difference, ci95_low: ci95[0], ci95_high: ci95[1], p_two_sided });
    }
  }
  for (const [part, reading] of [
    ['out of fold', out_of_fold],
    ['test', test],
  ] as const) {
    if (!reading) continue;
    const { rows, right, accuracy, macro_f1, log_loss, brier, ece, matthews_corrcoef, balanced_accuracy } = reading;
    const [ci95_low, ci95_high] = quotedInterval(reading);
    add(part, 'all', { rows, right, accuracy, ci95_low, ci95_high, macro_f1, balanced_accuracy, matthews_corrcoef });
    add(part, 'all', { different_texts: reading.different_texts, log_loss, brier, ece });
    for (const { label, ...scores } of reading.per_class) add(`${part} label`, label, scores);
    add(`${part} average`, 'macro', reading.macro_avg);
    add(`${part} average`, 'weighted', reading.weighted_avg);
    reading.confusion_matrix.counts.forEach((counts, row) => {
      const labels = reading.confusion_matrix.labels;
      counts.forEach((count, column) => {
        lines.push([`${part} confusion`, labels[row] ?? '', `predicted ${labels[column] ?? ''}`, count]);
      });
    });
  }
  if (test) addPaired('test', test);
  if (test?.seen) {
    add('test seen in training', 'all', test.seen);
    if (test.unseen) {
      const { rows, right, accuracy, accuracy_ci95, macro_f1, different_texts } = test.unseen;
      const [ci95_low, ci95_high] = accuracy_ci95;
      const part = 'test without seen rows';
      add(part, 'all', { rows, right, accuracy, ci95_low, ci95_high, macro_f1, different_texts });
      addPaired(part, test.unseen);
    }
  }
  return toCsv(['part', 'item', 'metric', 'value'], lines);

  /** The simpler methods on the same rows of a test part. */
  function addPaired(part: string, { baselines, mcnemar, mcnemar_tfidf }: PairedPart): void {
    for (const [id, scores] of Object.entries(baselines)) if (scores) add(`${part} baseline`, id, scores);
    if (mcnemar) add(`${part} McNemar`, 'features_only', mcnemar);
    if (mcnemar_tfidf) add(`${part} McNemar`, 'tfidf_logistic_regression', mcnemar_tfidf);
  }
}

type PairedPart = Pick<NonNullable<ClassificationReport['test']>, 'baselines' | 'mcnemar' | 'mcnemar_tfidf'>;

/** Every answered row with its true label, the answer and how sure it was of each label, as CSV. */
export function predictionsToCsv(report: ClassificationReport): string {
  const labels = toldLabels(report);
  const header = ['part', 'fold', 'line', 'label', 'predicted', 'confidence', ...labels.map((label) => `p: ${label}`)];
  return toCsv(
    [...header, 'text'],
    answeredRows(report).map(({ part, fold, line, label, predicted, confidence, probabilities, text }) => [
      ...[part, fold === null ? null : fold + 1, line, label, predicted, confidence],
      ...labels.map((_, i) => probabilities?.[i] ?? null),
      text,
    ]),
  );
}

/** The same as JSON, a line a row. */
export function predictionsToJsonl(report: ClassificationReport): string {
  const labels = toldLabels(report);
  const line = ({ probabilities, fold, text, ...answer }: ReturnType<typeof answeredRows>[number]): string =>
    JSON.stringify({
      ...answer,
      fold: fold === null ? null : fold + 1,
      ...(probabilities && { probabilities: Object.fromEntries(labels.map((label, i) => [label, probabilities[i]])) }),
      text,
    });
  return answeredRows(report)
    .map((answer) => `${line(answer)}\n`)
    .join('');
}

function answeredRows({ out_of_fold: folds, test }: ClassificationReport) {
  return [
    ...folds.predictions.map((answer) => ({ part: 'folds', ...answer })),
    ...(test?.predictions ?? []).map((answer) => ({ part: 'test', ...answer })),
  ];
}

/** The labels whose probabilities the report has; none in a very large one or one of an earlier build. */
function toldLabels({
  out_of_fold: { predictions, confusion_matrix: matrix },
}: ClassificationReport): readonly string[] {
  return predictions[0]?.probabilities ? matrix.labels : [];
}
