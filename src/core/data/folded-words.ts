/**
 * A text as words in which what changes from case to case is folded: numbers (and anything with a digit, an address of
 * the web or of mail) become one mark, names another. «Order 72247 of Mr Miller» and «Order 60556 of Mr Shah» then
 * read the same. Scripts without spaces give one word a character; symbols and emoji are words, punctuation is nothing.
 *
 * A name is a word with a capital inside a sentence. Where more than a third of a text would be folded, its names stay:
 * headlines and German are written so.
 */

export const NUMBER = '0';
export const NAME = '@';

/** More words tell nothing that these do not, and one endless row must not hold up the others. */
const MOST_WORDS = 2000;
const MOST_CHARACTERS = 20_000;

const ADDRESS = /\S+@\S+\.\S+|https?:\/\/\S+|www\.\S+/giu;
const WORD =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]|[\p{L}\p{M}\p{N}]+|\p{S}/gu;
const ASCII_WORD = /[A-Za-z0-9]+|[$+<=>^`|~]/g;
const CAPITAL = /^\p{Lu}\p{Ll}/u;
/** What stands before the first word of a sentence. */
const SENTENCE = /[.!?:;\n"“«(*•-]\s*$/u;

export interface FoldedWords {
  words: string[];
  /** Of them, those that are neither number, name nor symbol. */
  plain: number;
}

/** The words of a text, lower case, numbers and names folded. */
export function foldWords(text: string): FoldedWords {
  const short = text.length > MOST_CHARACTERS ? text.slice(0, MOST_CHARACTERS) : text;
  // The test is quicker than the replacement, and most texts have no address.
  const plain = /[@/]|www\./i.test(short) ? short.replace(ADDRESS, NUMBER) : short;
  const isAscii = !/[^\x20-\x7e]/.test(plain);
  const form = isAscii ? plain : plain.normalize('NFKC');
  const words: string[] = [];
  const names: number[] = [];
  let numbers = 0;
  let symbols = 0;
  let end = 0;
  for (const match of form.matchAll(isAscii ? ASCII_WORD : WORD)) {
    const [word] = match;
    if (words.length === MOST_WORDS) break;
    if (/\p{N}/u.test(word)) {
      numbers += 1;
      words.push(NUMBER);
    } else {
      if (words.length > 0 && CAPITAL.test(word) && !SENTENCE.test(form.slice(end, match.index)))
        names.push(words.length);
      if (word.length <= 2 && /\p{S}/u.test(word)) symbols += 1;
      words.push(word.toLowerCase());
    }
    end = match.index + word.length;
  }
  const folds = names.length > 0 && 3 * (names.length + numbers) <= words.length;
  if (folds) for (const at of names) words[at] = NAME;
  return { words, plain: words.length - numbers - symbols - (folds ? names.length : 0) };
}
