/**
 * The outcome of a run of written answers, put together from what is finished of it: of a run that came to its end, that
 * was stopped, or that is ended later with what it had kept.
 */
import { formatAmount, formatCount } from '../words/numbers';
import type { ExperimentTimings } from './timings';
import type { AnsweredRow, Decoding, GenerationFold, GenerationOutcome } from './generation-outcome';

/** What of a plan is fixed before the first step, and is needed to say what there is not. */
export interface WrittenPlan {
  /** 1 where one part is held out. */
  folds: number;
  /** [rows] see `GenerationOutcome`. */
  heldOutIn: Int32Array;
  /** Held-out rows that are asked, of all folds. */
  asked: number;
  decoding: Decoding;
  examples: number;
}

export interface FinishedWriting {
  folds: readonly GenerationFold[];
  rows: readonly AnsweredRow[];
  /** The fit to all rows; null without one. */
  final: Pick<GenerationFold, 'steps' | 'epochs'> | null;
  notes: readonly string[];
  trainedParameters: number;
  timings: ExperimentTimings;
}

/** Puts it together, in an order that does not tell when each was made, nor by which start of the run. */
export function concludeWriting(done: FinishedWriting, plan: WrittenPlan): GenerationOutcome {
  const { folds: planned, heldOutIn, decoding, examples } = plan;
  const folds = [...done.folds].sort((a, b) => a.fold - b.fold);
  // One part held out: its fold was trained on all other rows, which are all there are to train on.
  const last = done.final ?? (planned === 1 ? (folds[0] ?? null) : null);
  const missing = missingOf(done, plan, last !== null);
  return {
    ...{ complete: missing.length === 0, missing, folds, heldOutIn, decoding, examples },
    notes: [...new Set([...done.notes, ...finalNote(done.final, heldOutIn.length)])],
    rows: [...done.rows].sort((a, b) => a.row - b.row),
    finalFit: last !== null,
    finalSteps: last?.steps ?? 0,
    finalEpochs: last?.epochs ?? 0,
    trainedParameters: done.trainedParameters,
    timings: done.timings,
  };
}

function missingOf(
  { folds, rows }: FinishedWriting,
  { folds: planned, asked }: WrittenPlan,
  hasFinal: boolean,
): string[] {
  const missing: string[] = [];
  const left = planned - folds.length;
  if (left > 0 && planned > 1) missing.push(`${formatCount(left)} of ${formatAmount(planned, 'fold')}`);
  const answered = rows.filter(({ answers }) => answers.tuned !== null).length;
  if (answered < asked) {
    missing.push(`the answers to ${formatCount(asked - answered)} of ${formatAmount(asked, 'held-out row')}`);
  }
  if (!hasFinal) missing.push(planned > 1 ? 'the final fit on all rows' : 'the end of the training');
  return missing;
}

function finalNote(final: FinishedWriting['final'], rows: number): string[] {
  if (final === null) return [];
  const length = formatAmount(Math.round(final.epochs * 100) / 100, 'pass', 'passes');
  return [`The kept adapter was trained ${length} on all ${formatCount(rows)} rows, the held-out ones included.`];
}
