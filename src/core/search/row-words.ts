/** Lines of a search's table in words: where a rung stands. Pure. */
import { formatDuration } from '../words/numbers';
import type { LadderRow } from './table';

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
