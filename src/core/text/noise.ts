/**
 * Texts as other people would have typed them: noise for training rows, so that a model leans on no single word or spelling.
 * Words: left out, or changing places with the next, a tenth each (Wei and Zou 2019, «EDA», α = 0.1). Letters: a typing error
 * in a tenth of the words, marks at the end of words left out, capitals lost. Pure: the same random numbers, the same text.
 *
 * Not covered: synonyms, and what a text means. A left-out «not» turns a review round, and its label stays.
 */
import type { Random } from '../random';

/** `both`: words, then the letters of those that are left. */
export type Noise = 'letters' | 'words' | 'both';

const WORD_RATE = 0.1;
const TYPO_RATE = 0.1;
const MARK_RATE = 0.3;
const LOWER_RATE = 0.3;
/** A text of fewer keeps all its words: one of three may be what the label hangs on. */
const FEWEST_WORDS = 4;
/** A shorter word with an error is another word. */
const FEWEST_LETTERS = 4;

/** The text with noise; blanks become single where words were changed. */
export function noisyText(text: string, noise: Noise, random: Random): string {
  const words = text.split(/\s+/u).filter((word) => word !== '');
  const kept = noise === 'letters' ? words : swapped(leftOut(words, random), random);
  const spelt = noise === 'words' ? kept : misspelt(kept, random);
  const changed = spelt.length !== words.length || spelt.some((word, i) => word !== words[i]);
  return changed ? spelt.join(' ') : text;
}

function leftOut(words: readonly string[], random: Random): string[] {
  const drawn = words.filter(() => random() >= WORD_RATE);
  return drawn.length < FEWEST_WORDS ? [...words] : drawn;
}

/** Each word with its right neighbour; one that was moved is not moved on. */
function swapped(words: readonly string[], random: Random): string[] {
  const moved = [...words];
  if (moved.length < FEWEST_WORDS) return moved;
  for (let i = 0; i + 1 < moved.length; i++) {
    if (random() >= WORD_RATE) continue;
    moved.splice(i, 2, ...moved.slice(i, i + 2).reverse());
    i++;
  }
  return moved;
}

function misspelt(words: readonly string[], random: Random): string[] {
  const lower = random() < LOWER_RATE;
  return words.map((word) => {
    const bare = random() < MARK_RATE ? withoutMark(word) : word;
    const typed = random() < TYPO_RATE ? withTypo(bare, random) : bare;
    return lower ? typed.toLowerCase() : typed;
  });
}

/** «arrived?» → «arrived»; a word of marks alone stays. */
function withoutMark(word: string): string {
  return word.replace(/(?<=[\p{L}\p{N}])[.,;:!?…]+$/u, '');
}

/**
 * One letter left out, doubled, or changing places with the next; the first stays, as it mostly does. What is no plain word
 * (a number, an address, a placeholder) and words without an alphabet stay as they are.
 */
function withTypo(word: string, random: Random): string {
  const found = /^(\P{L}*)(\p{L}+)(\P{L}*)$/u.exec(word);
  const [, before = '', middle = '', after = ''] = found ?? [];
  const letters = [...middle];
  if (letters.length < FEWEST_LETTERS || /\p{N}/u.test(word)) return word;
  if (/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u.test(middle)) return word;
  const at = 1 + Math.floor(random() * (letters.length - 2));
  const [one = '', next = ''] = letters.slice(at);
  const errors = [[next, one], [next], [one, one, next]];
  letters.splice(at, 2, ...(errors[Math.floor(random() * errors.length)] ?? []));
  return before + letters.join('') + after;
}
