/**
 * Text to token ids, equal to the reference tokenizer of each kind on every reference string.
 *
 * A text is read run by run between blanks, so that a long text costs no more than the tokens asked for, and each
 * run is remembered: most words of a data set occur many times.
 * Not covered: a run of more than `MAX_RUN` characters without a blank is read up to there.
 */
import { unigramReader } from './unigram';
import { wordPieceReader } from './word-piece';
import { damagedTokenizer, type WordReader } from './word-reader';

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

/** Characters of a text that stand in words: blanks and punctuation are not counted. */
export interface TextSurvey {
  /** Ids, as `countTokens` gives them. */
  tokens: number;
  characters: number;
  /** Of which the model knows nothing: to it they are one and the same, whatever they are. */
  unknown: number;
  /** In words that are put together letter by letter, of which the model knows the letters and little more. */
  spelled: number;
  /** Words of letters, in scripts that set blanks between them. */
  words: number;
  /** Of these, the ones in `BROKEN_PIECES` pieces or more. */
  broken: number;
}

/** A word in so many pieces is hardly one to the model. */
export const BROKEN_PIECES = 4;

/** Far above the characters of any text that fits a model. */
const MAX_RUN = 10_000;
const MAX_REMEMBERED = 50_000;

/**
 * Builds a tokenizer from the parsed tokenizer.json of a model; throws `model-damaged` when it is of no kind known here.
 * `prompt` is what the model was trained to see before each text.
 */
export function createTokenizer(tokenizerJson: unknown, prompt = ''): Tokenizer {
  if (typeof tokenizerJson !== 'object' || tokenizerJson === null) throw damagedTokenizer('it is not an object');
  return fromWords(isUnigram(tokenizerJson) ? unigramReader(tokenizerJson) : wordPieceReader(tokenizerJson), prompt);
}

function isUnigram(json: object): boolean {
  const model: unknown = 'model' in json ? json.model : null;
  return typeof model === 'object' && model !== null && 'type' in model && model.type === 'Unigram';
}

function fromWords(words: WordReader, prompt: string): Tokenizer {
  const remembered = new Map<string, number[]>();
  const surveyed = new Map<string, Omit<TextSurvey, 'tokens'>>();

  const encodeRun = (run: string): number[] => {
    const known = remembered.get(run);
    if (known !== undefined) return known;
    const ids = words.encodeRun(run.slice(0, MAX_RUN));
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
  const before = [...words.before, ...encodeWords(prompt, Infinity)];
  const { after } = words;
  const added = before.length + after.length;

  const surveyRun = (run: string): Omit<TextSurvey, 'tokens'> => {
    const known = surveyed.get(run);
    if (known !== undefined) return known;
    const sum = { characters: 0, unknown: 0, spelled: 0, words: 0, broken: 0 };
    for (const [word] of run.slice(0, MAX_RUN).matchAll(WORD)) {
      const length = [...word].length;
      const { pieces, unknown } = words.makeOut(word);
      sum.characters += length;
      if (unknown > 0) sum.unknown += unknown;
      else if (isSpelled(word, length, pieces)) sum.spelled += length;
      if (!isCountedWord(word)) continue;
      sum.words += 1;
      if (pieces >= BROKEN_PIECES) sum.broken += 1;
    }
    if (surveyed.size >= MAX_REMEMBERED) surveyed.clear();
    if (run.length <= 64) surveyed.set(run, sum);
    return sum;
  };

  return {
    padId: words.padId,
    vocabSize: words.vocabSize,
    encode(text, maxLength = Infinity) {
      const room = Math.max(0, maxLength - added);
      const inner = encodeWords(text, room);
      return Int32Array.from([...before, ...inner.slice(0, room), ...after]);
    },
    countTokens(text, limit = Infinity) {
      return Math.min(encodeWords(text, limit + 1 - added).length + added, limit + 1);
    },
    survey(text, limit = Infinity) {
      const sum: TextSurvey = { tokens: added, characters: 0, unknown: 0, spelled: 0, words: 0, broken: 0 };
      for (const [run] of text.matchAll(RUN)) {
        if (sum.tokens > limit) break;
        sum.tokens += encodeRun(run).length;
        const own = surveyRun(run);
        sum.characters += own.characters;
        sum.unknown += own.unknown;
        sum.spelled += own.spelled;
        sum.words += own.words;
        sum.broken += own.broken;
      }
      sum.tokens = Math.min(sum.tokens, limit + 1);
      return sum;
    },
  };
}

const RUN = /[^ \t\r\n]+/g;

/** What is one word: an ideograph, or letters up to a blank, a sign of ASCII or punctuation. */
const WORD =
  /[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{2fa1f}]|[^\s\p{P}!-/:-@[-`{-~\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{2fa1f}]+/gu;

/** Where no blank stands between words, a run of letters is a sentence rather than a word. */
const WITHOUT_BLANKS =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/** True for what counts where words and their pieces are counted. */
function isCountedWord(word: string): boolean {
  return /\p{L}/u.test(word) && !WITHOUT_BLANKS.test(word);
}

/** Words of any length are put together of few pieces where their language is known. Numbers always are of many. */
function isSpelled(word: string, length: number, pieces: number): boolean {
  return length >= 4 && pieces >= 0.7 * length && /\p{L}/u.test(word);
}
