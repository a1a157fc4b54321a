/** The threads of a run with the messages of the tasks that there are. */
import type { FittedFold, FoldShare } from '../tasks/classification/folds';
import type { AnswerWork } from '../tasks/generation/loss';
import type { FromStepThread, ToStepThread } from '../threads/step-messages';
import type { Threads } from '../threads/threads';
import type { FromThread, ToThread } from './lane-messages';

export type ToRunThread = ToThread<FoldShare> | ToStepThread<AnswerWork>;
export type FromRunThread = FromThread<FittedFold> | FromStepThread;
export type RunThreads = Threads<ToRunThread, FromRunThread>;
