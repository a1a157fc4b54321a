/** What a run keeps of what it learned. Plain values. */
import type { TrainedAdapter } from './generation';
import type { TrainedModel } from './trained-model';

/** What Try answers with. `base` is features only, the «before». While a run works: the model of its last finished fold. */
export interface KeptClassifierModel {
  tuned: TrainedModel;
  base: TrainedModel | null;
  /** Where a recipe was chosen: the plain classifier of the same rows, which other tools can hold. Absent in earlier runs. */
  plain?: TrainedModel | undefined;
}

/** The same of a run of written answers: what stands on the model as it came. */
export interface KeptAdapter {
  adapter: TrainedAdapter;
}

export type KeptWeights = KeptClassifierModel | KeptAdapter;
