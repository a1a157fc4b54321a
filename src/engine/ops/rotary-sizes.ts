/** What the ways to turn queries and keys are told of their matrices. */

/** Sizes of the matrices. */
export interface RotarySizes {
  rows: number;
  queryWidth: number;
  keyWidth: number;
  headSize: number;
  positions: number;
}
