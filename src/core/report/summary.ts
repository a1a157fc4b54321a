/** What the record of a run holds of its report. */
import { lossOutline } from '../run/loss-outline';
import type { RunSummary } from '../run/summary';
import { BASELINES } from '../settings/baselines';
import type { ClassificationReport } from './classification';

/** The summary of a report; pure. */
export function summaryOf(report: ClassificationReport): RunSummary {
  const { accuracy, macro_f1 } = report.cross_validation;
  const score = ({ mean, sd, ci95 }: typeof accuracy) => ({ mean, sd, ci95 });
  const baselines = BASELINES.flatMap((id) => {
    const scores = report.baselines[id];
    return scores ? [[id, { accuracy: scores.accuracy.mean, macro_f1: scores.macro_f1.mean }] as const] : [];
  });
  return {
    task: report.task,
    status: report.status,
    methodTitle: report.method_title,
    writtenAt: report.created_at,
    sentence: report.verdict.sentence,
    metrics: { accuracy: score(accuracy), macro_f1: score(macro_f1) },
    baselines: Object.fromEntries(baselines),
    totalSeconds: report.timings.total,
    loss: lossOutline(
      report.curve.map(({ fold, step, train_loss, valid_loss }) => ({
        ...{ fold, step },
        ...{ trainLoss: train_loss, validLoss: valid_loss },
      })),
    ),
  };
}
