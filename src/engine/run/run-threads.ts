/** The threads of a run with the messages of the tasks that there are. */
import type { FittedFold, FoldShare } from '../tasks/classification/folds';
import type { AnswerTask } from '../tasks/generation/jobs';
import type { FromCrewThread, ToCrewThread } from '../threads/decoder-messages';
import type { Threads } from '../threads/threads';
import type { FromThread, ToThread } from './lane-messages';

export type ToRunThread = ToThread<FoldShare> | ToCrewThread<AnswerTask>;
export type FromRunThread = FromThread<FittedFold> | FromCrewThread<AnswerTask>;
export type RunThreads = Threads<ToRunThread, FromRunThread>;
