/** The checks of a run that ended: those that its data set had when it was asked for, else what its training answers suggest. */
import type { CheckTools } from '../core/checks/check';
import { suggestChecks } from '../core/checks/registry';
import { withChecks } from '../core/report/generation/checks';
import type { GenerationReportContext } from '../core/report/generation/context';
import type { GenerationReport } from '../core/report/report';
import type { RunRequest } from '../core/run/record';

/** The report judged by the checks of its run. */
export async function judgedByRun(
  report: GenerationReport,
  { rows, plan }: Pick<GenerationReportContext, 'rows' | 'plan'>,
  { checks }: Pick<RunRequest, 'checks'>,
  tools: CheckTools,
): Promise<GenerationReport> {
  const trained = rows.answers.filter((_, row) => (plan.heldOutIn[row] ?? -1) < 0);
  // In folds every row is trained on by some.
  const answers = trained.length > 0 ? trained : rows.answers;
  return withChecks(report, checks ?? (await suggestChecks(answers, tools)), tools);
}
