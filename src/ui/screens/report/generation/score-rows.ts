/** The table of measures by way: rows are measures, columns ways to get an answer, the tuned one last. Pure. */
import { type GenerationMetricId, metricsOf } from '../../../../core/metrics/registry';
import type { GenerationReport } from '../../../../core/report/report';
import { WAY_WORDS } from '../../../../core/report/generation/ways';
import { ANSWER_WAYS, type AnswerWay } from '../../../../core/run/generation-outcome';
import { formatCount } from '../../../../core/words/numbers';

export interface ScoreCell {
  way: AnswerWay;
  /** «90.2»; null where the measure does not apply. */
  value: string | null;
  /** «86.9 to 93.2», «39 of 64» */
  under: string;
}

export interface ScoreRow {
  id: GenerationMetricId;
  title: string;
  /** «lower is better», «letter by letter» */
  note: string;
  cells: ScoreCell[];
}

const TITLES: Record<GenerationMetricId, [title: string, note: string]> = {
  loss: ['Loss of the answer', 'lower is better'],
  perplexity: ['Perplexity', 'lower is better'],
  token_accuracy: ['Token accuracy', 'first choices that are right'],
  exact_match: ['Exact match', 'letter by letter'],
  rouge_l: ['Shared wording', 'ROUGE-L, 0 to 100'],
  chrf: ['Closeness', 'chrF, 0 to 100'],
};

/** The ways that have answers, in the order of the table. */
export function waysOf({ generation }: GenerationReport): AnswerWay[] {
  return ANSWER_WAYS.filter((way) => generation[way] !== null);
}

/** What a way is called over its column. */
export function wayTitle(way: AnswerWay): string {
  return WAY_WORDS[way].title;
}

/** The rows of the table. */
export function scoreRows(report: GenerationReport): ScoreRow[] {
  const { generation, evaluation } = report;
  return metricsOf('generation').map(({ id, format, bare }) => ({
    id,
    title: TITLES[id][0],
    note: TITLES[id][1],
    cells: waysOf(report).map((way): ScoreCell => {
      const scores = generation[way];
      const values: Partial<Record<GenerationMetricId, number | null>> = scores ?? {};
      const intervals: Partial<Record<GenerationMetricId, [number, number] | null>> = scores?.ci95 ?? {};
      const value = values[id] ?? null;
      const ends = intervals[id] ?? null;
      if (value === null) return { way, value: null, under: '' };
      const counts =
        id === 'exact_match' ? `${formatCount(scores?.exact ?? 0)} of ${formatCount(evaluation.rows)}` : null;
      return { way, value: format(value), under: counts ?? (ends ? `${bare(ends[0])} to ${bare(ends[1])}` : '') };
    }),
  }));
}
