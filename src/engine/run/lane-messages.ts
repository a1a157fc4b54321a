/**
 * What a thread that fits whole folds is told, and what it tells. `Shared` is what all folds of a task need, `Done` a fold
 * that was fitted and answered: both are the task's own.
 */
import type { FitState } from '../../core/run/checkpoint';
import type { CurvePoint } from '../../core/run/record';
import type { FitTask, Lent } from '../fit/learner';
import type { PartProgress } from '../fit/progress';
import type { FromReader, Thread, Threads, ToReader } from '../threads/threads';

/** First what all folds share, then a fold at a time; between its steps, to keep its state, to stand still, to go on. */
export type ToLane<Shared> =
  | { type: 'folds'; shared: Shared; lent: Lent }
  | { type: 'fit'; task: FitTask; held: Int32Array }
  | { type: 'keep' }
  | { type: 'hold' }
  | { type: 'go' };

/** What a fit says while it works. */
export type Told =
  | { type: 'point'; point: CurvePoint }
  | { type: 'log'; message: string }
  | { type: 'report'; key: string; share: number; progress: PartProgress }
  | { type: 'take'; key: string; share: number };

/** `told` at every turn, be it nothing; `held` before it stands still, after its state; `fitted` when it is ready for the next. */
export type FromLane<Done> =
  | { type: 'told'; told: Told[] }
  | { type: 'state'; state: FitState }
  | { type: 'held' }
  | { type: 'fitted'; fold: Done };

/** All that a thread of a run is told, and all that it answers. */
export type ToThread<Shared> = ToReader | ToLane<Shared>;
export type FromThread<Done> = FromReader | FromLane<Done>;

export type FoldThread<Shared> = Thread<ToThread<Shared>>;

/** Threads that read texts and fit folds. */
export type FoldThreads<Shared, Done> = Threads<ToThread<Shared>, FromThread<Done>>;
