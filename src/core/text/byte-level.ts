/**
 * Bytes as letters, as GPT-2's tokenizer writes them into its vocabulary: a byte that is a visible sign of Latin-1 is
 * that sign, each other is one of the letters from Ā on, in order.
 */

/** [byte] → its letter. */
export const LETTER_OF_BYTE: readonly string[] = lettersOfBytes();

const BYTE_OF_LETTER: ReadonlyMap<string, number> = new Map(LETTER_OF_BYTE.map((letter, byte) => [letter, byte]));

function lettersOfBytes(): string[] {
  const isVisible = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isVisible(byte) ? byte : next++));
}

/** The bytes that a token of the vocabulary stands for; null where it has a letter that stands for none. */
export function bytesOfToken(token: string): Uint8Array<ArrayBuffer> | null {
  const bytes = new Uint8Array(token.length);
  for (let i = 0; i < token.length; i++) {
    const byte = BYTE_OF_LETTER.get(token.charAt(i));
    if (byte === undefined) return null;
    bytes[i] = byte;
  }
  return bytes;
}

/** A text as letters, one a byte of its UTF-8; a lone surrogate is three bytes of U+FFFD. */
export function lettersOf(text: string): string {
  let letters = '';
  for (const byte of new TextEncoder().encode(text)) letters += LETTER_OF_BYTE[byte] ?? '';
  return letters;
}
