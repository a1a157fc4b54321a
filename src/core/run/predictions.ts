/** What was answered to the rows of a run, by the model or by what it is compared with. Plain values. */

/** Predictions for some rows: probabilities [rows, classes], row-major. `rows` index into ExperimentData. */
export interface Predictions {
  rows: Int32Array;
  probabilities: Float32Array;
}

export interface FoldOutcome extends Predictions {
  /** 0-based. */
  fold: number;
  steps: number;
  epochs: number;
  bestEpoch: number | null;
  seconds: number;
}
