/**
 * Training rows with noise in their texts, read into tokens before training begins: what trains then needs no tokenizer,
 * and the words of all copies are known when the model is put on the device.
 */
import { createRandom, deriveSeed } from '../random';
import { type Noise, noisyText } from './noise';
import type { Tokenizer } from './tokenizer';

/** Passes after the last copy begin with the first again. */
const MOST_COPIES = 8;
/** Token ids of all copies together: 64 MiB. */
const MOST_TOKENS = 2 ** 24;

/** Token ids by kind of noise, row and copy. */
export type NoisyCopies = Partial<Record<Noise, Int32Array[][]>>;

export interface NoisyRows {
  texts: readonly string[];
  /** Of the texts as they are. */
  tokenIds: readonly Int32Array[];
  /** What is drawn for a row follows from its line, whatever rows there are beside it. */
  lines: ArrayLike<number>;
}

/**
 * So many copies a row, fewer where there is much to read; a step is a row. A copy that came out as the text itself is the
 * text's ids.
 */
export function* noisyCopies(
  { texts, tokenIds, lines }: NoisyRows,
  noise: Noise,
  { tokenizer, maxLength, seed }: { tokenizer: Pick<Tokenizer, 'encode'>; maxLength: number; seed: number },
): Generator<undefined, Int32Array[][], void> {
  const tokens = tokenIds.reduce((sum, { length }) => sum + length, 0);
  const copies = Math.max(1, Math.min(MOST_COPIES, Math.floor(MOST_TOKENS / Math.max(1, tokens))));
  const all: Int32Array[][] = [];
  for (const [row, text] of texts.entries()) {
    const own = tokenIds[row];
    all.push(
      Array.from({ length: copies }, (_, copy) => {
        const random = createRandom(deriveSeed(seed, 'noise', noise, lines[row] ?? 0, copy));
        const noisy = noisyText(text, noise, random);
        return noisy === text && own ? own : tokenizer.encode(noisy, maxLength);
      }),
    );
    yield;
  }
  return all;
}
