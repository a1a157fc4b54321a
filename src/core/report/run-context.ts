/** What a report is made from besides the outcome of its run, of whatever task: kept with the run until that has ended. */
import type { ReportContext } from './context';
import type { GenerationReportContext } from './generation/context';

export type RunContext = ReportContext | GenerationReportContext;

/** True for that of a run of written answers. */
export function isOfWriting(context: RunContext): context is GenerationReportContext {
  return 'evaluation' in context;
}
