/** What the record of a run holds of its report of written answers. */
import type { GenerationMetricId } from '../../metrics/registry';
import { lossOutline } from '../../run/loss-outline';
import type { RunSummary, ScoreSummary } from '../../run/summary';
import type { GenerationReport } from '../generation';
import { UNTRAINED } from './scores';

/** The summary of a report; pure. */
export function generationSummary(report: GenerationReport): RunSummary {
  const { generation } = report;
  return {
    task: report.task,
    status: report.status,
    methodTitle: report.method_title,
    writtenAt: report.created_at,
    sentence: report.verdict.sentence,
    metrics: tunedScores(report),
    baselines: Object.fromEntries(
      UNTRAINED.flatMap((way) => {
        const scores = generation[way];
        if (scores === null) return [];
        const { exact_match, rouge_l, chrf } = scores;
        return [[way, { exact_match, rouge_l, chrf }] as const];
      }),
    ),
    totalSeconds: report.timings.total,
    loss: lossOutline(
      report.curve.map(({ fold, step, train_loss, valid_loss }) => ({
        ...{ fold, step },
        ...{ trainLoss: train_loss, validLoss: valid_loss },
      })),
    ),
  };
}

function tunedScores({ generation: { tuned } }: GenerationReport): Partial<Record<GenerationMetricId, ScoreSummary>> {
  if (tuned === null) return {};
  const { loss, perplexity, token_accuracy, exact_match, rouge_l, chrf, ci95 } = tuned;
  const score = (mean: number, interval: [number, number] | null): ScoreSummary => ({ mean, sd: null, ci95: interval });
  return {
    ...(loss !== null && { loss: score(loss, ci95.loss) }),
    ...(perplexity !== null && { perplexity: score(perplexity, ci95.perplexity) }),
    ...(token_accuracy !== null && { token_accuracy: score(token_accuracy, ci95.token_accuracy) }),
    exact_match: score(exact_match, ci95.exact_match),
    rouge_l: score(rouge_l, ci95.rouge_l),
    chrf: score(chrf, ci95.chrf),
  };
}
