/**
 * The report file: a union by task of versioned schemas. To add a task: its schema in a file beside classification.ts, and
 * a line here and in written.ts; page and storage know reports by these alone.
 */
import * as v from 'valibot';
import { type ClassificationReport, classificationSchema } from './classification';
import { type GenerationReport, generationSchema } from './generation';

export { REPORT_VERSION } from './common';
export type { Answer, ClassificationReport, Comparison, McNemarFigures, Reading, UnseenRows } from './classification';

export type { GenerationReport } from './generation';

export const reportSchema = v.variant('task', [classificationSchema, generationSchema]);

export type Report = ClassificationReport | GenerationReport;

/** The tasks whose reports this build reads. */
export const REPORT_TASKS: readonly string[] = reportSchema.options.map(({ entries }) => entries.task.literal);
