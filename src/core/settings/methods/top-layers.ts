/** *Top layers*: the last layers learn, those below are run once and their output is kept. */
import type { MethodDefinition } from '../method';
import { FINE_TUNING, MANY_ROWS, searchedOfPasses } from './fine-tuning';

export const topLayers: MethodDefinition = {
  ...FINE_TUNING,
  id: 'top-layers',
  title: 'Top layers',
  technicalName: 'fine-tuning of the last layers',
  description: 'Also adjust the last layers of the model. Much of the gain for part of the time.',
  // Of a single layer there is no top.
  fits: ({ layers }) => layers > 1,
  settings: ['layers', ...FINE_TUNING.settings],
  trained: ({ layers }, model) => ({ layers: Math.min(layers, model.layers), embeddings: false }),
  search: {
    place: 3,
    settings: ({ layers }) => {
      const values = Array.from({ length: Math.min(4, layers - 1) }, (_, i) => i + 1);
      return [...searchedOfPasses, { kind: 'among', key: 'layers', values }];
    },
  },
  suggest: ({ rows }) =>
    rows < MANY_ROWS
      ? { strength: 1, why: 'Enough rows to adjust the last layers, not enough to need them all.' }
      : null,
};
