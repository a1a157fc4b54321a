/**
 * Letters that look alike: what two texts that read the same to a person differ in. Covers Unicode forms, blanks, signs
 * without width, and the Cyrillic and Greek letters that look like Latin ones. Not covered: look-alikes within one script
 * (l beside I), which are different words.
 */

/** Cyrillic and Greek letters, lower case, by the Latin letter that they look like. */
const LOOKS: Readonly<Record<string, string>> = {
  а: 'a',
  е: 'e',
  о: 'o',
  р: 'p',
  с: 'c',
  у: 'y',
  х: 'x',
  і: 'i',
  ј: 'j',
  ѕ: 's',
  ԁ: 'd',
  һ: 'h',
  ӏ: 'l',
  ο: 'o',
  ν: 'v',
  ρ: 'p',
  α: 'a',
  ι: 'i',
  υ: 'u',
  κ: 'k',
};
/** Capitals that look like Latin ones where the small letters do not. */
const CAPITALS: Readonly<Record<string, string>> = {
  А: 'A',
  В: 'B',
  Е: 'E',
  К: 'K',
  М: 'M',
  Н: 'H',
  О: 'O',
  Р: 'P',
  С: 'C',
  Т: 'T',
  У: 'Y',
  Х: 'X',
  І: 'I',
  Ј: 'J',
  Ѕ: 'S',
  Α: 'A',
  Β: 'B',
  Ε: 'E',
  Ζ: 'Z',
  Η: 'H',
  Ι: 'I',
  Κ: 'K',
  Μ: 'M',
  Ν: 'N',
  Ο: 'O',
  Ρ: 'P',
  Τ: 'T',
  Υ: 'Y',
  Χ: 'X',
};

/**
 * The form that texts share which look alike: without width-less signs, in one Unicode form. Letters of another script
 * become Latin only where the text has Latin letters too, or nothing but such letters: a Russian word stays Russian.
 */
export function lookOf(text: string): string {
  const plain = text.replace(/\p{Cf}/gu, '').normalize('NFKC');
  const letters = plain.match(/\p{L}/gu) ?? [];
  const foreign = letters.filter((letter) => !/\p{Script=Latin}/u.test(letter));
  if (foreign.length === 0) return plain;
  const alike = foreign.every((letter) => (CAPITALS[letter] ?? LOOKS[letter]) !== undefined);
  return alike ? plain.replace(/\p{L}/gu, (letter) => CAPITALS[letter] ?? LOOKS[letter] ?? letter) : plain;
}

/** Where two texts that look alike first differ, in code points: «U+0435 (Cyrillic) where the other has U+0065 (Latin)». */
export function differenceOf(text: string, other: string): string {
  const [own, its] = [[...text], [...other]];
  const at = own.findIndex((letter, i) => letter !== its[i]);
  const [mine, theirs] = at < 0 ? [undefined, its[own.length]] : [own[at], its[at]];
  return `${named(mine)} where the other has ${named(theirs)}`;
}

function named(letter: string | undefined): string {
  if (letter === undefined) return 'nothing';
  const code = `U+${(letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  return `${code} (${kindOf(letter)})`;
}

function kindOf(letter: string): string {
  if (letter === '\u00a0') return 'no-break space';
  if (/\p{Cf}/u.test(letter)) return 'no width';
  if (/\s/u.test(letter)) return 'space';
  if (/\p{M}/u.test(letter)) return 'accent by itself';
  if (/\p{Script=Cyrillic}/u.test(letter)) return 'Cyrillic';
  if (/\p{Script=Greek}/u.test(letter)) return 'Greek';
  if (/\p{Script=Latin}/u.test(letter)) return letter.normalize('NFD') === letter ? 'Latin' : 'Latin with its accent';
  return `"${letter}"`;
}
