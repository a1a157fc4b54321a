/**
 * Tokens to text as they come: bytes of a character that is not whole yet are held back, so that what was said is never
 * taken back. Bytes that are no character become U+FFFD, as in the reference.
 */

export class TokenStream {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  readonly #bytesOf: (id: number) => Uint8Array<ArrayBuffer>;

  constructor(bytesOf: (id: number) => Uint8Array<ArrayBuffer>) {
    this.#bytesOf = bytesOf;
  }

  /** What is new in the text with one more token. */
  push(id: number): string {
    return this.#decoder.decode(this.#bytesOf(id), { stream: true });
  }

  /** What was held back, at the end. */
  end(): string {
    return this.#decoder.decode();
  }
}
