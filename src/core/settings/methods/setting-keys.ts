/** Settings that several methods share. */
import type { SettingKey } from '../settings';

/** Every method's. */
export const OF_ALL: readonly SettingKey[] = ['maxLength', 'classWeight', 'seed', 'l1'];

/** Of methods that learn step by step. */
export const OF_STEPS: readonly SettingKey[] = [
  'batchSize',
  'learningRate',
  'schedule',
  'warmupRatio',
  'weightDecay',
  'dropout',
  'maxGradNorm',
];

/** Of methods that pass over the rows with encoder and classifier at once. */
export const OF_PASSES: readonly SettingKey[] = [
  'nEpochs',
  'earlyStoppingPatience',
  'headLearningRate',
  'gradientAccumulation',
  'l2',
];
