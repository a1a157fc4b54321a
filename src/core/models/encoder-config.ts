/** The sizes of an encoder that every room may ask for, whatever its family. A family's own config has more. */
export interface EncoderConfig {
  /** Ids that the tokenizer gives are below it. */
  vocabSize: number;
  hiddenSize: number;
  layers: number;
  /** Longest text, in tokens. */
  maxPositions: number;
}
