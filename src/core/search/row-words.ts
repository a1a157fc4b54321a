/** Lines of a search's table in words: where a rung stands, and what its figures say against another. Pure. */
import { formatDuration, formatPoints } from '../words/numbers';
import type { Difference, LadderRow } from './table';

export interface StateWords {
  word: string;
  /** Empty where there is no more to say. */
  note: string;
}

/** «Dropped», «after 2 of 5 folds …»; `over`: no rung is looked at any further. */
export function stateWords({ state, why, seen, cost }: LadderRow, over: boolean): StateWords {
  switch (state) {
    case 'done':
      return { word: 'Done', note: '' };
    case 'dropped':
      return { word: 'Dropped', note: why ?? '' };
    case 'skipped':
      return { word: 'Passed over', note: why ?? '' };
    case 'out':
      return { word: 'Left out', note: why ?? '' };
    case 'part':
      return over
        ? { word: 'On a part only', note: `${seen ?? ''}: it may still be better` }
        : { word: 'Looked at', note: `on ${seen ?? 'a part'}; it may go on` };
    case 'waiting':
      return {
        word: over ? 'Not looked at' : 'Not started',
        note: `all of it takes ${formatDuration(1000 * cost)}`,
      };
    default:
      return state satisfies never;
  }
}

/** «+1.7 points, 95 % interval +0.3 to +3.1» */
export function differenceWords({ mean, ci95 }: Difference): string {
  return `${formatPoints(mean)} points, 95 % interval ${formatPoints(ci95[0])} to ${formatPoints(ci95[1])}`;
}
