/** Settings that several methods share. */
import type { SettingKey } from '../settings';

/** Every method's; the recipe is that of *features only*, which the others are compared with. */
export const OF_ALL: readonly SettingKey[] = ['maxLength', 'classWeight', 'seed', 'l1', 'recipe'];

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

/** Of methods that learn an adapter. */
export const OF_ADAPTERS: readonly SettingKey[] = ['rank', 'alpha', 'loraDropout', 'targetModules', 'rankStabilized'];

/** Of methods that pass over the rows with encoder and classifier at once. */
export const OF_PASSES: readonly SettingKey[] = [
  'nEpochs',
  'earlyStoppingPatience',
  'headLearningRate',
  'gradientAccumulation',
  'l2',
  'rDrop',
];
