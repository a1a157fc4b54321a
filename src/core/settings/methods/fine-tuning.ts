/** What fine-tuning has in common, of the last layers or of all: passes over the rows, encoder and classifier at once. */
import type { MethodDefinition } from '../method';
import { OF_ALL, OF_PASSES, OF_STEPS } from './setting-keys';

export const FINE_TUNING = {
  task: 'classification',
  opponent: 'features_only',
  baseline: null,
  settings: [...OF_ALL, ...OF_STEPS, ...OF_PASSES],
  auto: { l1: () => ({ value: 0, why: 'Off: weight decay does this work.' }) },
  iterated: true,
  steps: ({ nEpochs, batchSize, gradientAccumulation }, rows) =>
    nEpochs * Math.ceil(rows / (batchSize * gradientAccumulation)),
  epochs: ({ nEpochs }) => nEpochs,
} satisfies Partial<MethodDefinition>;

/** From here on training every layer has enough rows to learn from. */
export const MANY_ROWS = 2000;
