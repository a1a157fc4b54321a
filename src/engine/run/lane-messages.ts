/** What a thread that fits whole folds is told, and what it tells. */
import type { FitState, FoldPiece } from '../../core/run/checkpoint';
import type { TrainedModel } from '../../core/run/trained-model';
import type { CurvePoint } from '../../core/run/record';
import type { Settings } from '../../core/settings/settings';
import type { Corpus } from '../tasks/classification/corpus';
import type { FitTask, Lent } from '../tasks/classification/method';
import type { PartProgress } from '../fit/progress';

/** First what all folds share, then a fold at a time; between its steps, to keep its state, to stand still, to go on. */
export type ToLane =
  | { type: 'folds'; corpus: Corpus; settings: Settings; lent: Lent }
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
export type FromLane =
  | { type: 'told'; told: Told[] }
  | { type: 'state'; state: FitState }
  | { type: 'held' }
  | { type: 'fitted'; fold: FittedFold };

/** A fold that was fitted and answered, and its model. */
export interface FittedFold extends Omit<FoldPiece, 'id'> {
  model: TrainedModel;
}
