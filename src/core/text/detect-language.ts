/**
 * The language of a text by its n-grams, from `eld`. Only the data worker imports this file: its tables are 950 KB.
 *
 * Answers nothing rather than something exotic: a text of one or two words is in no language for sure, and what eld itself
 * calls unreliable is not taken. Scripts that write one language are told by their letters, since eld has too few of their
 * n-grams for short texts. Chosen by measurement (`node bench/languages.mjs`).
 */
import { eld } from 'eld/extrasmall';

/** Longer texts are told by their beginning. */
const MOST_CHARACTERS = 400;
/** In alphabets that many languages share. */
const LEAST_WORDS = 3;
const LEAST_LETTERS = 15;
/** Of a script of its own, where each letter says more. */
const LEAST_OWN_LETTERS = 2;

const ADDRESS = /\b(?:https?:\/\/|www\.)\S+|\S+@\S+\.\S+/g;
const LETTER = /\p{L}/gu;
const WORD = /\p{L}[\p{L}\p{M}'’]*/gu;

/** In this order: Japanese is written in ideographs too. */
const OWN_SCRIPTS: readonly (readonly [code: string, letters: RegExp])[] = [
  ['ja', /[\p{Script=Hiragana}\p{Script=Katakana}]/gu],
  ['ko', /\p{Script=Hangul}/gu],
  ['zh', /\p{Script=Han}/gu],
  ['th', /\p{Script=Thai}/gu],
  ['am', /\p{Script=Ethiopic}/gu],
  ['el', /\p{Script=Greek}/gu],
  ['he', /\p{Script=Hebrew}/gu],
  ['ka', /\p{Script=Georgian}/gu],
  ['hy', /\p{Script=Armenian}/gu],
  ['ta', /\p{Script=Tamil}/gu],
  ['te', /\p{Script=Telugu}/gu],
  ['kn', /\p{Script=Kannada}/gu],
  ['ml', /\p{Script=Malayalam}/gu],
  ['gu', /\p{Script=Gujarati}/gu],
  ['pa', /\p{Script=Gurmukhi}/gu],
  ['si', /\p{Script=Sinhala}/gu],
  ['km', /\p{Script=Khmer}/gu],
  ['lo', /\p{Script=Lao}/gu],
  ['my', /\p{Script=Myanmar}/gu],
];

/** An ISO 639-1 code, or null where the text does not tell. */
export function detectLanguage(text: string): string | null {
  const plain = text.slice(0, MOST_CHARACTERS).replace(ADDRESS, ' ');
  const letters = countOf(plain, LETTER);
  const own = OWN_SCRIPTS.find(([code, script]) => {
    const count = countOf(plain, script);
    // A few syllables among ideographs are what Japanese looks like.
    return count >= LEAST_OWN_LETTERS && count >= (code === 'ja' ? 0.1 : 0.5) * letters;
  });
  if (own) return own[0];
  if (letters < LEAST_LETTERS && countOf(plain, WORD) < LEAST_WORDS) return null;
  const found = eld.detect(plain);
  return found.language !== '' && found.isReliable() ? found.language : null;
}

function countOf(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
