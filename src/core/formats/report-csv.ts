/**
 * The tables of a report as one CSV, safe for spreadsheets: part, name, then the figures of that part.
 * Long form (one figure a line), so that it filters and pivots without knowing the report.
 */
import { type CsvCell, toCsv } from './csv';
import type { Report } from './report';

/** The report's figures and answered rows as CSV with CRLF line ends (RFC 4180). */
export function reportToCsv(report: Report): string {
  const lines: CsvCell[][] = [];
  const add = (part: string, item: string, figures: Record<string, CsvCell>): void => {
    for (const [metric, value] of Object.entries(figures)) lines.push([part, item, metric, value]);
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
  for (const { fold, rows, accuracy, macro_f1, seconds } of folds.folds) {
    add('fold', String(fold + 1), { rows, accuracy, macro_f1, seconds });
  }
  for (const metric of ['accuracy', 'macro_f1'] as const) {
    const { mean, sd, ci95 } = folds[metric];
    add('folds', metric, { mean, sd, ci95_low: ci95?.[0] ?? null, ci95_high: ci95?.[1] ?? null });
    for (const [id, baseline] of Object.entries(report.baselines)) {
      if (baseline) add(`baseline ${id}`, metric, { mean: baseline[metric].mean, sd: baseline[metric].sd });
    }
    for (const [id, comparison] of Object.entries(report.comparisons)) {
      if (!comparison) continue;
      const { mean_difference, ci95, p_two_sided } = comparison[metric];
      add(`against ${id}`, metric, { mean_difference, ci95_low: ci95[0], ci95_high: ci95[1], p_two_sided });
    }
  }
  for (const [part, reading] of [
    ['out of fold', out_of_fold],
    ['test', test],
  ] as const) {
    if (!reading) continue;
    const { rows, right, accuracy, macro_f1, log_loss, brier, ece, matthews_corrcoef, balanced_accuracy } = reading;
    const [ci95_low, ci95_high] = reading.accuracy_wilson95;
    add(part, 'all', { rows, right, accuracy, ci95_low, ci95_high, macro_f1, balanced_accuracy, matthews_corrcoef });
    add(part, 'all', { log_loss, brier, ece });
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
  return toCsv(['part', 'item', 'metric', 'value'], lines);
}

/** Every answered row with its true label, the answer and how sure it was, as CSV. */
export function predictionsToCsv(report: Report): string {
  const rows = [
    ...report.out_of_fold.predictions.map((answer) => ['folds', answer] as const),
    ...(report.test?.predictions ?? []).map((answer) => ['test', answer] as const),
  ];
  const header = ['part', 'fold', 'line', 'label', 'predicted', 'confidence', 'text'];
  return toCsv(
    header,
    rows.map(([part, { fold, line, label, predicted, confidence, text }]) => [
      part,
      fold === null ? null : fold + 1,
      line,
      label,
      predicted,
      confidence,
      text,
    ]),
  );
}
