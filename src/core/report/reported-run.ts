/**
 * A report that came as a file, as a run of this browser: what was trained elsewhere, or in another browser. It has a report and
 * a curve, and no model.
 */
import { AppError } from '../errors';
import { autoChoices } from '../settings/defaults';
import type { CurvePoint, Run } from '../run/record';
import { parseReport } from './parse-report';
import type { Report } from './report';
import { written } from './written';

/** A report is told by its first lines, so that a large data set is not read for it. */
export const REPORT_HEAD_BYTES = 4096;

/** True for a file that begins as report.json does. */
export function beginsAsReport(head: string): boolean {
  return /^[\ufeff\s]*\{/.test(head) && /"schema"\s*:\s*"hone\.report"/.test(head);
}

/** Reads a report that was dropped; throws `file-unreadable` with what is wrong with it and what to do. */
export function readReportFile(text: string): Report {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError(
      'file-unreadable',
      `It begins as a report of Hone and is not whole JSON: ${reason}. Copy it again from where it was written.`,
      { cause },
    );
  }
  return parseReport(json);
}

/** The run of a report. `from`: the run of this browser that was handed over; null where it is not here. */
export function reportedRun(
  report: Report,
  { id, now, from }: { id: string; now: number; from: Pick<Run, 'datasetId'> | null },
): Run {
  const { dataset, model, method, elsewhere } = report;
  const name = elsewhere ? `${elsewhere.run.name}, ${elsewhere.trainer}` : `${report.method_title}, from a file`;
  const datasetId = from?.datasetId ?? '';
  const folds = report.task === 'classification' ? report.cross_validation.k : report.evaluation.k;
  return {
    ...{ id, name, datasetId, method },
    createdAt: Date.parse(report.created_at),
    updatedAt: now,
    datasetName: dataset.name,
    datasetVersion: dataset.version,
    modelId: model.id,
    reported: { trainer: elsewhere?.trainer ?? null, runId: elsewhere?.run.id ?? null },
    // Nothing of it is computed here: what it was trained with stands in the report.
    request: {
      ...{ runId: id, name, datasetId, datasetVersion: dataset.version, modelId: model.id, method, limit: 0 },
      ...{ choices: autoChoices(), evaluation: { folds, test: { kind: 'none' } }, backend: 'wasm' },
    },
    ...{ build: '', settings: null, state: 'succeeded', device: null, progress: null, folds: [], error: null },
    log: [{ at: now, message: 'Its report was opened from a file.' }],
    summary: written(report).summary(),
    hasWeights: false,
  };
}

/** The curve of a report as a run keeps it. */
export function reportedCurve(report: Report): CurvePoint[] {
  return report.task === 'classification'
    ? report.curve.map(({ valid_accuracy: accuracy, valid_macro_f1: macro_f1, ...point }) => ({
        ...pointOf(point),
        metrics: accuracy === null || macro_f1 === null ? null : { accuracy, macro_f1 },
      }))
    : report.curve.map(({ valid_token_accuracy: token_accuracy, ...point }) => ({
        ...pointOf(point),
        metrics: token_accuracy === null ? null : { token_accuracy },
      }));
}

type Point = Pick<
  Report['curve'][number],
  'fold' | 'epoch' | 'step' | 'train_loss' | 'learning_rate' | 'grad_norm' | 'valid_loss'
>;

function pointOf({ fold, epoch, step, train_loss, learning_rate, grad_norm, valid_loss }: Point) {
  return {
    ...{ fold, epoch, step },
    ...{ trainLoss: train_loss, learningRate: learning_rate, gradNorm: grad_norm, validLoss: valid_loss },
  };
}
