/** One batch through the encoder without dropout: what every thread of the pool computes, this one included. */
import type { TokenBatch } from '../../core/text/batches';
import { inHalves } from '../device/in-halves';
import { embed, encode, type Encoder, runLayers } from '../models/encoder';
import type { Depth } from './threads';

/** Pooled vectors [batch, hidden], or the states [batch·tokens, hidden] before a layer. */
export async function forward(encoder: Encoder, batch: TokenBatch, depth: Depth): Promise<Float32Array<ArrayBuffer>> {
  return inHalves([...batch.lengths.keys()], (rows) => {
    const part = rows.length === batch.batch ? batch : rowsOf(batch, rows);
    if (depth === 'pooled') return encode(encoder, part);
    return runLayers(encoder, embed(encoder, part), part, 0, depth);
  });
}

/** Some rows of a batch, padded as before: their values stand where they would have stood. */
function rowsOf({ tokens, ids, lengths }: TokenBatch, rows: readonly number[]): TokenBatch {
  const own = new Int32Array(rows.length * tokens);
  rows.forEach((row, i) => own.set(ids.subarray(row * tokens, (row + 1) * tokens), i * tokens));
  return { batch: rows.length, tokens, ids: own, lengths: Int32Array.from(rows, (row) => lengths[row] ?? 0) };
}
