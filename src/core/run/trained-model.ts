/** A model as it is kept and taken along. Plain values. */

/** A linear softmax head on mean-pooled vectors. */
export interface Head {
  /** [classes, hidden], row-major. */
  weight: Float32Array;
  bias: Float32Array;
  /** True when the pooled vector is L2-normalised before the head (features only, few examples). */
  normalised: boolean;
}

/** A model that can answer: the changed encoder weights (by Hugging Face name) and a head. */
export interface TrainedModel {
  labels: string[];
  maxLength: number;
  head: Head;
  /** Empty when the encoder is as it came. */
  encoder: { name: string; shape: number[]; values: Float32Array }[];
}
