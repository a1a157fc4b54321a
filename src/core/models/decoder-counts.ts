/** What a decoder of Llama's shape takes, by count: known from its config alone, so that a form can tell it too. */
import type { ModelCounts } from './counts';
import type { DecoderConfig } from './decoder-config';

/** Counts for models of that config. */
export function decoderCounts(config: DecoderConfig): ModelCounts {
  const { hiddenSize: h, intermediateSize: i, layers, vocabSize, heads, keyValueHeads, headSize } = config;
  const { attentionBias, queryKeyNorm, tiedEmbeddings } = config;
  const [inner, shared] = [heads * headSize, keyValueHeads * headSize];
  const packed = inner + 2 * shared;
  const products = 2 * h * inner + 2 * h * shared + 3 * h * i;
  return {
    layers,
    hiddenSize: h,
    // The table, twice where it is not tied, and the last norm.
    embeddingParameters: (tiedEmbeddings ? 1 : 2) * vocabSize * h + h,
    layerParameters: products + 2 * h + (attentionBias ? packed : 0) + (queryKeyNorm ? 2 * headSize : 0),
    widestRow: Math.max(i, packed),
    // The layer's input, both norms' results and the sum between (4 of width H); query, key and value before and after
    // they are turned; the mixed heads; gate, up and their product.
    layerActivations: ({ batch, tokens }) => batch * tokens * (4 * h + 2 * packed + inner + 3 * i + heads),
    // Attention by half, since a token sees those before it.
    layerFlops: ({ batch, tokens }) => 2 * batch * tokens * products + 2 * batch * tokens * tokens * inner,
  };
}
