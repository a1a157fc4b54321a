/** How much of a text a model can make out, whatever its tokenizer: letters that it knows, words that are whole to it. */

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
export const MAX_RUN = 10_000;
const MAX_REMEMBERED = 50_000;

/** Into how many pieces a word falls, and how many of its characters are in none that the model knows. */
export type MakeOut = (word: string) => { pieces: number; unknown: number };

type Counts = Omit<TextSurvey, 'tokens'>;

/**
 * Gives what looks at texts, run by run between blanks: `tokensOf` says how many tokens a run has, `limit` where counting
 * ends, `added` what stands round each text. Runs are remembered.
 */
export function surveyor(
  makeOut: MakeOut,
): (text: string, tokensOf: (run: string) => number, limit: number, added?: number) => TextSurvey {
  const surveyed = new Map<string, Counts>();

  const surveyRun = (run: string): Counts => {
    const known = surveyed.get(run);
    if (known !== undefined) return known;
    const sum = { characters: 0, unknown: 0, spelled: 0, words: 0, broken: 0 };
    for (const [word] of run.slice(0, MAX_RUN).matchAll(WORD)) {
      const length = [...word].length;
      const { pieces, unknown } = makeOut(word);
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

  return (text, tokensOf, limit, added = 0) => {
    const sum: TextSurvey = { tokens: added, characters: 0, unknown: 0, spelled: 0, words: 0, broken: 0 };
    for (const [run] of text.matchAll(RUN)) {
      if (sum.tokens > limit) break;
      sum.tokens += tokensOf(run);
      const own = surveyRun(run);
      sum.characters += own.characters;
      sum.unknown += own.unknown;
      sum.spelled += own.spelled;
      sum.words += own.words;
      sum.broken += own.broken;
    }
    sum.tokens = Math.min(sum.tokens, limit + 1);
    return sum;
  };
}

/** What stands between blanks. */
export const RUN = /[^ \t\r\n]+/g;

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
