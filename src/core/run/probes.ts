/** Fixed prompts, answered again after every pass of a run: words show whether it learns. Plain values. */

/** Fixed prompts at most: each is answered after every pass, and read by a person. */
export const MOST_PROBES = 3;

/** A fixed prompt, answered before the first pass and after every one: words show whether it learns. */
export interface Probe {
  text: string;
  prompt: Int32Array;
}

/** A wanted answer of a held-out row, whose tokens are looked at one by one. */
export interface ShownAnswer {
  line: number;
  prompt: string;
  /** Its learned tokens, as they are read. */
  pieces: string[];
}

/** What was answered to the probes at one moment of a fit. */
export interface ProbeAnswers {
  fold: number;
  /** Passes done; 0 before the first. */
  epoch: number;
  texts: string[];
  /** −ln p of each token of the shown answer; absent where none is shown. */
  nll?: number[];
}

/** Fixed prompts in words, and what was answered to them after each pass, in the order of training. */
export interface Probes {
  prompts: string[];
  shown?: ShownAnswer;
  answers: ProbeAnswers[];
}
