/**
 * Bytes as characters that may stand in an HTML page: four bytes become five of 85 printable ASCII characters (Ascii85's idea,
 * with an alphabet that has no `<`, `&`, quote, dash or backslash in it). A quarter more than the bytes, where base64 is a third:
 * of 45 MB of weights that is 4 MB.
 */

/** All printable ASCII but `"&'`, comma, dash, `<>`, backslash and backtick. */
const ALPHABET = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i))
  .filter((letter) => !'"&\',-<>\\`'.includes(letter))
  .join('');

const LETTERS = Uint8Array.from(ALPHABET, (letter) => letter.charCodeAt(0));
const DIGITS = new Uint8Array(256).fill(255);
LETTERS.forEach((letter, digit) => (DIGITS[letter] = digit));

/** How many characters so many bytes become. */
export function base85Length(bytes: number): number {
  return Math.ceil(bytes / 4) * 5;
}

/** The characters of bytes, in ASCII; the last word is filled up with zeros. */
export function toBase85(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const letters = new Uint8Array(base85Length(bytes.length));
  for (let at = 0, to = 0; at < bytes.length; at += 4, to += 5) {
    let word =
      (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>>
      0;
    for (let place = 4; place >= 0; place--) {
      const rest = Math.floor(word / 85);
      letters[to + place] = LETTERS[word - rest * 85] ?? 0;
      word = rest;
    }
  }
  return letters;
}

/**
 * The way back, into `bytes`, which is as long as what was written. False where the characters are not as many as that takes, or
 * one of them is none of these.
 */
export function fromBase85(letters: Uint8Array, bytes: Uint8Array): boolean {
  if (letters.length !== base85Length(bytes.length)) return false;
  for (let at = 0, from = 0; at < bytes.length; at += 4, from += 5) {
    // Written out: a page of its own reads sixty million of them before its first answer.
    const a = DIGITS[letters[from] ?? 0] ?? 255;
    const b = DIGITS[letters[from + 1] ?? 0] ?? 255;
    const c = DIGITS[letters[from + 2] ?? 0] ?? 255;
    const d = DIGITS[letters[from + 3] ?? 0] ?? 255;
    const e = DIGITS[letters[from + 4] ?? 0] ?? 255;
    const word = (((a * 85 + b) * 85 + c) * 85 + d) * 85 + e;
    if ((a | b | c | d | e) === 255 || word > 0xffffffff) return false;
    // Beyond the end nothing is stored.
    bytes[at] = word >>> 24;
    bytes[at + 1] = word >>> 16;
    bytes[at + 2] = word >>> 8;
    bytes[at + 3] = word;
  }
  return true;
}
