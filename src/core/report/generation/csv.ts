/** The report of written answers as CSV, safe for spreadsheets: its figures in long form, and every answer. */
import { type CsvCell, toCsv } from '../../formats/csv';
import { ANSWER_WAYS } from '../../run/generation-outcome';
import type { GenerationReport } from '../generation';
import { UNTRAINED } from './scores';

/** The figures, one a line: part, item, metric, value. */
export function generationToCsv(report: GenerationReport): string {
  const lines: CsvCell[][] = [];
  const add = (part: string, item: string, figures: Record<string, CsvCell | undefined>): void => {
    for (const [metric, value] of Object.entries(figures))
      if (value !== undefined) lines.push([part, item, metric, value]);
  };
  const { generation, evaluation } = report;
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
    held_out_rows: evaluation.rows,
    independent_rows: evaluation.independent_rows,
  });
  add('settings', report.method, report.settings);
  add('decoding', 'all answers', generation.decoding);
  for (const { fold, ...figures } of evaluation.folds) add('fold', String(fold + 1), figures);
  for (const way of ANSWER_WAYS) {
    const scores = generation[way];
    if (scores === null) continue;
    const { ci95, ...figures } = scores;
    add('answers', way, figures);
    for (const [metric, ends] of Object.entries(ci95)) {
      if (ends) add('answers', way, { [`${metric}_ci95_low`]: ends[0], [`${metric}_ci95_high`]: ends[1] });
    }
  }
  for (const way of UNTRAINED) {
    for (const [metric, gain] of Object.entries(generation.gains[way] ?? {})) {
      if (gain === null) continue;
      const { difference, ci95 } = gain;
      add(`tuned minus ${way}`, metric, { difference, ci95_low: ci95?.[0] ?? null, ci95_high: ci95?.[1] ?? null });
    }
  }
  for (const { title, detail, passed, ci95, gains, wanted, unjudged, fault } of generation.checks) {
    const item = detail === '' ? title : `${title}: ${detail}`;
    add('check', item, { ...passed, wanted, unjudged, fault: fault ?? undefined });
    for (const way of ANSWER_WAYS) {
      const ends = ci95[way];
      if (ends) add('check', item, { [`${way}_ci95_low`]: ends[0], [`${way}_ci95_high`]: ends[1] });
    }
    for (const way of UNTRAINED) {
      const gain = gains[way];
      if (gain === null) continue;
      const { difference, ci95: ends } = gain;
      add(`check, tuned minus ${way}`, item, {
        difference,
        ...{ ci95_low: ends?.[0] ?? null, ci95_high: ends?.[1] ?? null },
      });
    }
  }
  const { exactly, nearly, misplaced_lines: _, ...repeats } = generation.repeats;
  add('repeated from training rows', 'all', repeats);
  add('repeated from training rows', 'exactly', exactly);
  add('repeated from training rows', 'nearly', nearly);
  if (generation.vote) {
    const { votes: _, win_rate_ci95, ...figures } = generation.vote;
    const [low, high] = win_rate_ci95 ?? [null, null];
    add('blind vote', 'tuned', { ...figures, win_rate_ci95_low: low, win_rate_ci95_high: high });
  }
  return toCsv(['part', 'item', 'metric', 'value'], lines);
}

/** Every judged row with its answers and their scores. */
export function answersToCsv({ generation }: GenerationReport): string {
  const ways = ANSWER_WAYS.filter((way) => generation[way] !== null);
  const header = [
    ...['line', 'fold', 'prompt', 'wanted', 'gain'],
    ...ways.flatMap((way) => [
      ...[way, `${way}_chrf`, `${way}_rouge_l`, `${way}_exact`, `${way}_cut`],
      ...generation.checks.map(({ title }, at) => `${way}_check_${at + 1}: ${title}`),
    ]),
  ];
  return toCsv(
    header,
    generation.samples.map(({ line, fold, prompt, wanted, gain, answers }) => [
      ...[line, fold + 1, prompt, wanted, gain],
      ...ways.flatMap((way): CsvCell[] => {
        const answer = answers[way];
        return answer === null
          ? Array.from({ length: 5 + generation.checks.length }, () => null)
          : [answer.text, answer.chrf, answer.rouge_l, answer.exact, answer.cut, ...answer.checks];
      }),
    ]),
  );
}

/** The same as JSON, a line a row: each way's answer with its scores, and what each check said by its title. */
export function answersToJsonl({ generation }: GenerationReport): string {
  const { checks, samples } = generation;
  return samples
    .map(({ line, fold, prompt, wanted, gain, answers }) => {
      const ways = ANSWER_WAYS.flatMap((way) => {
        const answer = answers[way];
        if (answer === null) return [];
        const judged = answer.checks.map((passed, i) => [checks[i]?.title ?? '', passed]);
        return [[way, { ...answer, checks: Object.fromEntries(judged) }]];
      });
      return `${JSON.stringify({ line, fold: fold + 1, prompt, wanted, gain, ...Object.fromEntries(ways) })}\n`;
    })
    .join('');
}
