/** *Adapter*: all layers stay as they came, and small matrices beside them learn, with a classifier. */
import type { MethodDefinition } from '../method';
import { FINE_TUNING, searchedOfPasses } from './fine-tuning';
import { SEARCHED_NOISE } from './searched-noise';
import { OF_ADAPTERS } from './setting-keys';

export const adapter: MethodDefinition = {
  ...FINE_TUNING,
  id: 'adapter',
  title: 'Adapter',
  technicalName: 'LoRA',
  description: 'Leave the model as it came and learn a small addition to every layer. A file of a megabyte.',
  fits: () => true,
  settings: [...FINE_TUNING.settings, ...OF_ADAPTERS, 'augmentation'],
  auto: {
    ...FINE_TUNING.auto,
    learningRate: () => ({
      value: 1e-3,
      why: '1e-3: an adapter starts from nothing, so that it moves faster than layers.',
    }),
  },
  trained: ({ rank, alpha, loraDropout, targetModules, rankStabilized }, { layers }) => ({
    layers,
    embeddings: false,
    adapter: { rank, alpha, dropout: loraDropout, targets: targetModules, rankStabilized },
  }),
  search: {
    place: 5,
    everyEncoder: true,
    settings: () => [
      ...searchedOfPasses,
      { kind: 'among', key: 'rank', values: [4, 8, 16, 32] },
      SEARCHED_NOISE,
      { kind: 'among', key: 'loraDropout', values: [0, 0.05, 0.1] },
      { kind: 'among', key: 'targetModules', values: ['all-linear', 'attention'] },
    ],
  },
  // Not measured against the others yet: who wants a small file chooses it.
  suggest: () => null,
};
