/** The second family: one value, and `registerFamily` where it is wanted. */
import type { ModelCounts } from '../../../../src/core/models/counts';
import type { EncoderFamily } from '../../../../src/engine/models/family';
import { meanPool } from '../../../../src/engine/ops/mean-pool';
import { isLinearWeight, type MixerConfig, parseConfig, trainableNames, WORDS } from './config';
import { embed, runLayers } from './modeling';
import { fromFiles, fromKept, toKept } from './weights';

const counts = ({ layers, hiddenSize: h, vocabSize }: MixerConfig): ModelCounts => ({
  layers,
  hiddenSize: h,
  embeddingParameters: (vocabSize + 2) * h,
  layerParameters: h * h + 3 * h,
  widestRow: h,
  layerActivations: ({ batch, tokens }) => 3 * batch * tokens * h,
  layerFlops: ({ batch, tokens }) => 2 * batch * tokens * h * h,
});

export const mixer = {
  id: 'mixer',
  task: 'encoder',
  parseConfig,
  embed,
  runLayers,
  pool: (_: MixerConfig, states, batch) => meanPool(states, batch),
  wordTable: WORDS,
  allNames: (config: MixerConfig) => trainableNames(config, { layers: config.layers, embeddings: true }),
  trainableNames,
  linearModules: () => [],
  isLinearWeight,
  fromFiles,
  toKept,
  fromKept,
  counts,
} satisfies EncoderFamily;
