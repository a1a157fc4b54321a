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

/** What is thrown for a tokenizer that is whole and of a kind that nobody reads here. */
export function unsupportedTokenizer(reason: string, cause?: unknown): AppError {
  return new AppError(
    'model-unsupported',
    `The model's tokenizer.json is of a kind that this version of Hone does not read: ${reason}. Choose another model.`,
    { cause, details: { file: 'tokenizer.json' } },
  );
}

/** What is thrown where a tokenizer.json cannot be used. */
export function damagedTokenizer(reason: string, cause?: unknown): AppError {
  return new AppError('model-damaged', `The model's tokenizer.json cannot be used: ${reason}. Load the model again.`, {
    cause,
    details: { file: 'tokenizer.json' },
  });
}
