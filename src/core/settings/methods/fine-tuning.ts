/** What fine-tuning has in common, of the last layers or of all: passes over the rows, encoder and classifier at once. */
import type { MethodDefinition } from '../method';
import type { SearchedSetting } from '../search-space';
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

/** What is searched where encoder and classifier learn together: how far a step goes, how long, how much is held back. */
export const searchedOfPasses: readonly SearchedSetting[] = [
  { kind: 'times', key: 'learningRate', least: 1 / 4, most: 4 },
  { kind: 'times', key: 'headLearningRate', least: 1 / 3, most: 3 },
  { kind: 'times', key: 'nEpochs', least: 1 / 2, most: 2 },
  { kind: 'among', key: 'batchSize', values: [8, 16, 32] },
  { kind: 'among', key: 'weightDecay', values: [0, 0.01, 0.05, 0.1] },
  { kind: 'among', key: 'dropout', values: [0, 0.1, 0.2] },
  { kind: 'among', key: 'l1', values: [0, 1e-5, 1e-4] },
  { kind: 'among', key: 'l2', values: [0, 1e-5, 1e-4] },
];
