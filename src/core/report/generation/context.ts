/** What the report of written answers is made from, besides the outcome of the run. Plain data: it is kept with the run. */
import type { ReportContext } from '../context';
import type { WrittenPlan } from '../../run/write-outcome';

/** The rows of a run, trained on or held out. All arrays have one entry per row. */
export interface GenerationRows {
  /** One-based lines of the file. */
  lines: Int32Array;
  /** What is asked, as the page shows it. */
  prompts: string[];
  /** The wanted answers. */
  answers: string[];
  /** Rows with one number belong together: they are never held out from each other. */
  groups: Int32Array;
}

export interface GenerationReportContext {
  dataset: Omit<ReportContext['dataset'], 'labels'>;
  model: ReportContext['model'];
  settings: ReportContext['settings'];
  /** How rows were held out: a share set aside, a part or a file for testing, or folds; and that in words. */
  evaluation: { kind: 'hold-out' | 'test' | 'folds'; source: string; folds: number };
  backend: ReportContext['backend'];
  device: ReportContext['device'];
  rows: GenerationRows;
  /** What of the plan an outcome is put together by. */
  plan: WrittenPlan;
  notes: string[];
  findings?: ReportContext['findings'];
}
