/** What a run will do, in counts, for beside the button that starts it. Pure. */
import { fittedBaselines } from '../../../core/settings/baselines';
import type { Backend, Method } from '../../../core/settings/settings';
import { formatAmount, formatCount } from '../../../core/words/numbers';
import type { Run } from '../../../core/run/record';
import type { SplitCounts } from './cost';
import type { CardLine } from './encoder-words';

export interface StartPlan {
  /** Answers are written, no labels chosen. */
  writes: boolean;
  method: Method;
  split: SplitCounts;
  /** Steps of one fold and of the final fit, at most. */
  steps: { fold: number; final: number };
}

export interface StartWords {
  /** «6 trainings». */
  trainings: string;
  sentence: string;
  lines: CardLine[];
  /** What becomes of it in the tab. */
  keeping: string;
}

/** What will happen when the run is started. */
export function startWords({ writes, method, split, steps }: StartPlan): StartWords {
  const { training, test } = split;
  const folds = split.folds.length;
  const tested = `${folds} to be tested on rows they never saw, one on all rows to keep.`;
  const inFold = steps.fold === 0 ? 'no steps, solved' : `up to ${formatAmount(steps.fold, 'step')}`;
  const inFinal = steps.final === 0 ? formatAmount(training, 'row') : `up to ${formatAmount(steps.final, 'step')}`;
  if (!writes) {
    return {
      trainings: `${folds + 1} trainings`,
      sentence: tested,
      lines: [
        { name: 'Texts to read', words: formatCount(training + test) },
        { name: `${folds} folds`, words: steps.fold === 0 ? inFold : `${inFold} each` },
        { name: 'Final fit', words: inFinal },
        { name: 'Simpler methods', words: `${fittedBaselines(method).length}, same folds` },
        { name: 'Test at the end', words: test === 0 ? 'none' : formatAmount(test, 'row') },
      ],
      keeping:
        'Keep this tab open; others may be in front. Texts are read once and kept: a second run on them starts sooner. Finished folds are kept if the tab closes.',
    };
  }
  const one = folds === 1;
  return {
    trainings: one ? 'One training' : `${folds + 1} trainings`,
    sentence: one ? 'Judged on rows it never saw; what was trained is kept.' : tested,
    lines: [
      { name: 'Rows to learn from', words: formatCount(training) },
      ...(one
        ? [{ name: 'Training', words: inFinal }]
        : [
            { name: `${folds} folds`, words: `${inFold} each` },
            { name: 'Final fit', words: inFinal },
          ]),
      { name: 'Rows kept apart', words: one ? formatCount(test) : 'each one once' },
      { name: 'Answers', words: 'before, after, with examples' },
    ],
    keeping:
      'Keep this tab open; others may be in front. If it closes, the run goes on from its last save, at most a minute back.',
  };
}

/** What becomes of a search in the tab. */
export const SEARCH_KEEPS =
  'Keep this tab open; others may be in front. If it closes, the search goes on from its last save, at most a minute back.';

/** How long the last finished run of a method took on the same data and device, in milliseconds; null where there is none. */
export function earlierTime(
  runs: readonly Run[],
  datasetId: string,
  { method, backend }: { method: Method; backend: Backend },
): number | null {
  const same = runs.find(
    (run) =>
      run.datasetId === datasetId &&
      run.method === method &&
      run.request.search === undefined &&
      run.request.backend === backend &&
      run.state === 'succeeded',
  );
  return same?.summary ? same.summary.totalSeconds * 1000 : null;
}
