/**
 * Text to token ids for BERT models, equal to Hugging Face's own tokenizer on every reference string.
 *
 * Words come from `@huggingface/tokenizers`; what it does differently from the reference is corrected on its input.
 * A text is read run by run between blanks, so that a long text costs no more than the tokens asked for, and each
 * run is remembered: most words of a data set occur many times.
 * Not covered: a run of more than `MAX_RUN` characters without a blank is read up to there.
 */
import { Tokenizer as WordPieceTokenizer } from '@huggingface/tokenizers';
import { AppError } from '../errors';

export interface Tokenizer {
  /** Ids with [CLS] in front and [SEP] behind; cut to `maxLength` ids, both of them included. */
  encode(text: string, maxLength?: number): Int32Array;
  /** How many ids `encode` would give, counted no further than one above `limit`. */
  countTokens(text: string, limit?: number): number;
  /** How much of a text the model can make out, counted until `limit` ids are reached. */
  survey(text: string, limit?: number): TextSurvey;
  readonly padId: number;
  readonly vocabSize: number;
}

/** Characters of a text that stand in words: blanks and punctuation are not counted. */
export interface TextSurvey {
  /** Ids, as `countTokens` gives them. */
  tokens: number;
  characters: number;
  /** In words that are [UNK], one and the same to the model whatever they are. */
  unknown: number;
  /** In words that are put together letter by letter, of which the model knows the letters and little more. */
  spelled: number;
}

/** Far above the characters of any text that fits a model; a word over 100 characters is one [UNK] anyway. */
const MAX_RUN = 10_000;
const MAX_REMEMBERED = 50_000;

/** Builds a tokenizer from the parsed tokenizer.json of a model; throws `model-damaged` when it is not a BERT one. */
export function createTokenizer(tokenizerJson: unknown): Tokenizer {
  if (typeof tokenizerJson !== 'object' || tokenizerJson === null) throw damaged('it is not an object');
  let words: WordPieceTokenizer;
  try {
    words = new WordPieceTokenizer(tokenizerJson, {});
  } catch (cause) {
    throw damaged('its parts are not understood', cause);
  }
  const special = (token: string): number => {
    const id = words.token_to_id(token);
    if (id === undefined) throw damaged(`${token} is missing`);
    return id;
  };
  const clsId = special('[CLS]');
  const sepId = special('[SEP]');
  const padId = special('[PAD]');
  const unknownId = special('[UNK]');
  const remembered = new Map<string, number[]>();
  const surveyed = new Map<string, Omit<TextSurvey, 'tokens'>>();

  const encodeRun = (run: string): number[] => {
    const known = remembered.get(run);
    if (known !== undefined) return known;
    const { ids } = words.encode(asReference(run.slice(0, MAX_RUN)), { add_special_tokens: false });
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    if (run.length <= 64) remembered.set(run, ids);
    return ids;
  };

  /** Ids of the text without special tokens, at least `enough` of them where the text has that many. */
  const encodeWords = (text: string, enough: number): number[] => {
    const all: number[] = [];
    for (const match of text.matchAll(RUN)) {
      if (all.length >= enough) break;
      for (const id of encodeRun(match[0])) all.push(id);
    }
    return all;
  };

  const surveyRun = (run: string): Omit<TextSurvey, 'tokens'> => {
    const known = surveyed.get(run);
    if (known !== undefined) return known;
    const sum = { characters: 0, unknown: 0, spelled: 0 };
    for (const [word] of run.slice(0, MAX_RUN).matchAll(WORD)) {
      const length = [...word].length;
      const ids = encodeRun(word);
      sum.characters += length;
      if (ids.includes(unknownId)) sum.unknown += length;
      else if (isSpelled(word, length, ids.length)) sum.spelled += length;
    }
    if (surveyed.size >= MAX_REMEMBERED) surveyed.clear();
    if (run.length <= 64) surveyed.set(run, sum);
    return sum;
  };

  return {
    padId,
    vocabSize: words.get_vocab().size,
    encode(text, maxLength = Infinity) {
      const room = Math.max(0, maxLength - 2);
      const inner = encodeWords(text, room);
      return Int32Array.from([clsId, ...inner.slice(0, room), sepId]);
    },
    countTokens(text, limit = Infinity) {
      return Math.min(encodeWords(text, limit - 1).length + 2, limit + 1);
    },
    survey(text, limit = Infinity) {
      const sum: TextSurvey = { tokens: 2, characters: 0, unknown: 0, spelled: 0 };
      for (const [run] of text.matchAll(RUN)) {
        if (sum.tokens > limit) break;
        sum.tokens += encodeRun(run).length;
        const { characters, unknown, spelled } = surveyRun(run);
        sum.characters += characters;
        sum.unknown += unknown;
        sum.spelled += spelled;
      }
      sum.tokens = Math.min(sum.tokens, limit + 1);
      return sum;
    },
  };
}

const RUN = /[^ \t\r\n]+/g;

/** What BERT's own splitting takes for one word: an ideograph, or letters up to a blank, a sign of ASCII or punctuation. */
const WORD =
  /[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{2fa1f}]|[^\s\p{P}!-/:-@[-`{-~\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{2fa1f}]+/gu;

/** Words of any length are put together of few pieces where their language is known. Numbers always are of many. */
function isSpelled(word: string, length: number, pieces: number): boolean {
  return length >= 4 && pieces >= 0.7 * length && /\p{L}/u.test(word);
}

/** Ideographs beyond the basic plane, by the ranges of the reference implementation, its gap at 2B820 included. */
const SUPPLEMENTARY_IDEOGRAPH =
  /[\u{20000}-\u{2A6DF}\u{2A700}-\u{2B73F}\u{2B740}-\u{2B81F}\u{2B920}-\u{2CEAF}\u{2F800}-\u{2FA1F}]/gu;

/**
 * Two deviations of the library, undone on its input: it lowers a final Σ to ς where the reference lowers letter
 * by letter to σ, and it does not set ideographs beyond the basic plane apart as words of their own.
 */
function asReference(run: string): string {
  return run.replaceAll('Σ', 'σ').replace(SUPPLEMENTARY_IDEOGRAPH, ' $& ');
}

function damaged(reason: string, cause?: unknown): AppError {
  return new AppError('model-damaged', `The model's tokenizer.json cannot be used: ${reason}. Load the model again.`, {
    cause,
    details: { file: 'tokenizer.json' },
  });
}
