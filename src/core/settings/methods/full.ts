/** *Everything*: all layers learn, and the tables of embeddings where that is asked for. */
import type { MethodDefinition } from '../method';
import { FINE_TUNING, searchedOfPasses } from './fine-tuning';
import { SEARCHED_NOISE } from './searched-noise';

export const full: MethodDefinition = {
  ...FINE_TUNING,
  id: 'full',
  title: 'Everything',
  technicalName: 'full fine-tuning',
  description: 'Adjust every layer. Takes longest, and pays with many rows.',
  fits: () => true,
  settings: [...FINE_TUNING.settings, 'trainEmbeddings', 'augmentation'],
  trained: ({ trainEmbeddings }, { layers }) => ({ layers, embeddings: trainEmbeddings }),
  search: {
    place: 4,
    everyEncoder: true,
    settings: () => [...searchedOfPasses, { kind: 'among', key: 'rDrop', values: [0, 1, 3] }, SEARCHED_NOISE],
  },
  suggest: () => ({ strength: 0, why: 'Enough rows to adjust every layer.' }),
};
