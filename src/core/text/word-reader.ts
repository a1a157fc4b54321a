/** What tokenizers differ in: how a run of characters becomes ids, and what goes round a text. */
import { AppError } from '../errors';

export interface WordReader {
  /** Ids in front of every text and behind it. */
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly padId: number;
  readonly vocabSize: number;
  /** Ids of characters without a blank among them. */
  encodeRun(run: string): number[];
  /** Into how many pieces a word falls, and how many of its characters are in none that the model knows. */
  makeOut(word: string): { pieces: number; unknown: number };
}

/** What is thrown where a tokenizer.json cannot be used. */
export function damagedTokenizer(reason: string, cause?: unknown): AppError {
  return new AppError('model-damaged', `The model's tokenizer.json cannot be used: ${reason}. Load the model again.`, {
    cause,
    details: { file: 'tokenizer.json' },
  });
}
