/** The sizes of a model that every room may ask for, whatever its family. A family's own config has more. */
export interface ModelConfig {
  /** Ids that the tokenizer gives are below it. */
  vocabSize: number;
  hiddenSize: number;
  layers: number;
  /** Longest text, in tokens. */
  maxPositions: number;
}
