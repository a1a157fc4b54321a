/** How an answer is written: which token is taken of those that the model finds likely, and where it ends. */

export interface GenerationSettings {
  /** Tokens of an answer at most. */
  maxNewTokens: number;
  /** What logits are divided by; 0 takes the likeliest token always. */
  temperature: number;
  /** Of the likeliest so many are left; 0 = all. */
  topK: number;
  /** The likeliest are left whose probabilities reach this together; 1 = all. */
  topP: number;
  /** Those are left that are at least this share as probable as the likeliest; 0 = all. */
  minP: number;
  /** Logits of tokens that stand in the text already are divided by it, negative ones multiplied; 1 = not. */
  repetitionPenalty: number;
  seed: number;
  /** Texts before which an answer ends. */
  stop: readonly string[];
}

/** The likeliest token each time: for evaluation. */
export const GREEDY: GenerationSettings = {
  maxNewTokens: 256,
  temperature: 0,
  topK: 0,
  topP: 1,
  minP: 0,
  repetitionPenalty: 1,
  seed: 42,
  stop: [],
};
