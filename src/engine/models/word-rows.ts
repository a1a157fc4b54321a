/**
 * Which rows of a model's word table are on the device: those of the token ids in use. A table of 250,000 words is most
 * of a model, and a data set uses a few thousand of them.
 */
import { AppError } from '../../core/errors';
import type { TokenBatch } from '../../core/text/batches';

/** Padding is looked up too, and masked later: it need not be the word that a tokenizer pads with. */
const PADDING = 0;

export class WordRows {
  /** Token ids by their row, ascending. */
  readonly ids: Int32Array;
  /** The row of each id, −1 where there is none: [vocabSize]. */
  readonly #rowOf: Int32Array;

  /** `ids` are different, and below `vocabSize`. */
  constructor(ids: Int32Array, vocabSize: number) {
    this.ids = ids;
    this.#rowOf = new Int32Array(vocabSize).fill(-1);
    ids.forEach((id, row) => (this.#rowOf[id] = row));
  }

  /** The rows of all ids that occur in some texts, and of padding. */
  static of(texts: Iterable<Int32Array>, vocabSize: number): WordRows {
    const used = new Uint8Array(vocabSize);
    used[PADDING] = 1;
    for (const ids of texts) for (const id of ids) used[id] = 1;
    return new WordRows(
      Int32Array.from(used.keys()).filter((id) => used[id] === 1),
      vocabSize,
    );
  }

  /** The batch with rows in place of ids; throws `internal` for an id that has none. */
  find(batch: TokenBatch): TokenBatch {
    const rows = batch.ids.map((id) => {
      const row = this.#rowOf[id] ?? -1;
      if (row < 0) throw new AppError('internal', `Token id ${id} is not among the ${this.ids.length} on the device.`);
      return row;
    });
    return { ...batch, ids: rows };
  }
}
