/**
 * A tokenizer as everything but its kinds sees it: an encoder's gives ids; a decoder's gives text back too, and has control
 * tokens that only who says so can write.
 */
import type { TextSurvey } from './text-survey';
import type { TokenStream } from './token-stream';

export interface Tokenizer {
  /** Ids with [CLS] in front and [SEP] behind, the model's prompt after the first; cut to `maxLength` ids, all of them included. */
  encode(text: string, maxLength?: number): Int32Array;
  /** How many ids `encode` would give, counted no further than one above `limit`. */
  countTokens(text: string, limit?: number): number;
  /** How much of a text the model can make out, counted until `limit` ids are reached. */
  survey(text: string, limit?: number): TextSurvey;
  readonly padId: number;
  readonly vocabSize: number;
}

/** Tokens of a text. */
export interface TokenSpans {
  ids: Int32Array;
  /**
   * [token] the characters (UTF-16 units) of the text that a token stands for, from … to before …; tokens that share a
   * character both have it.
   */
  starts: Int32Array;
  ends: Int32Array;
}

export interface TextTokenizer extends Tokenizer {
  /**
   * Tokens of a text, at most `limit`. `control`: what looks like a control token is one (a chat template wrote it);
   * else it is words (a person did).
   */
  spans(text: string, options?: { control?: boolean; limit?: number }): TokenSpans;
  /** The text that is read: some tokenizers compose letters and their marks first. Offsets are in it. */
  normalize(text: string): string;
  /** The text of ids, without control tokens unless they are asked for. */
  decode(ids: Iterable<number>, options?: { control?: boolean }): string;
  /** The same, token by token. */
  stream(options?: { control?: boolean }): TokenStream;
  /** The id of a control token; undefined where there is none of that name. */
  controlId(token: string): number | undefined;
  readonly controlTokens: readonly string[];
  /** Ids that end an answer. */
  readonly endIds: readonly number[];
}

/** True for the tokenizer of a decoder. */
export function isTextTokenizer(tokenizer: Tokenizer): tokenizer is TextTokenizer {
  return 'spans' in tokenizer;
}
