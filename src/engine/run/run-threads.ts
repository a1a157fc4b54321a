/** The threads of a run with the messages of the task that there is. */
import type { FittedFold, FoldShare } from '../tasks/classification/folds';
import type { FoldThreads, FromThread, ToThread } from './lane-messages';

export type ToRunThread = ToThread<FoldShare>;
export type FromRunThread = FromThread<FittedFold>;
export type RunThreads = FoldThreads<FoldShare, FittedFold>;
