/** What a BERT takes, by count. As in Korthikanti et al. 2022 («Reducing Activation Recomputation»). */
import type { ModelCounts } from '../../../core/models/counts';
import type { BertConfig } from './config';

/** Counts for models of that config. */
export function bertCounts(config: BertConfig): ModelCounts {
  const { hiddenSize: h, intermediateSize: i, layers, heads, vocabSize, maxPositions, typeVocabSize } = config;
  return {
    layers,
    hiddenSize: h,
    // The three tables and their LayerNorm.
    embeddingParameters: (vocabSize + maxPositions + typeVocabSize + 2) * h,
    // Four H×H products, two H×I, their biases, two LayerNorms.
    layerParameters: 4 * (h * h + h) + 2 * h * i + i + h + 4 * h,
    widestRow: Math.max(i, 3 * h),
    // Its input, query, key, value, the mixed heads, the sum before and the value after the first LayerNorm, the sum
    // before the second (8 of width H); the inner layer before and after GELU (2 of width I); attention's probabilities.
    layerActivations: ({ batch, tokens }) => batch * tokens * (8 * h + 2 * i) + batch * heads * tokens * tokens,
    layerFlops: ({ batch, tokens }) => 2 * batch * tokens * (4 * h * h + 2 * h * i) + 4 * batch * tokens * tokens * h,
  };
}
