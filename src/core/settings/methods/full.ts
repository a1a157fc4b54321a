/** *Everything*: all layers learn, and the tables of embeddings where that is asked for. */
import { formatCount } from '../../words/numbers';
import type { MethodDefinition } from '../method';
import type { AutoValue, SettingFacts } from '../settings';
import { FINE_TUNING, searchedOfPasses } from './fine-tuning';
import { SEARCHED_NOISE } from './searched-noise';

/** Up to so many rows a label every layer learns them by heart, unless each is read twice. */
const FEW_PER_LABEL = 128;

function twoReadings({ backend, rows, labels }: SettingFacts): AutoValue<'rDrop'> {
  const perLabel = rows / Math.max(1, labels);
  const about = `About ${formatCount(Math.round(perLabel))} rows per label`;
  if (perLabel > FEW_PER_LABEL) return { value: 0, why: `${about}: enough without.` };
  if (backend === 'wasm')
    return { value: 0, why: `${about}, where 1 helps; off on the processor, where it takes long.` };
  return { value: 1, why: `${about}: two readings keep them from being learnt by heart.` };
}

export const full: MethodDefinition = {
  ...FINE_TUNING,
  id: 'full',
  title: 'Everything',
  technicalName: 'full fine-tuning',
  description: 'Adjust every layer. Takes longest, and pays with many rows.',
  fits: () => true,
  settings: [...FINE_TUNING.settings, 'trainEmbeddings', 'augmentation'],
  auto: { ...FINE_TUNING.auto, rDrop: twoReadings },
  trained: ({ trainEmbeddings }, { layers }) => ({ layers, embeddings: trainEmbeddings }),
  search: {
    place: 4,
    settings: () => [...searchedOfPasses, { kind: 'among', key: 'rDrop', values: [0, 1, 3] }, SEARCHED_NOISE],
  },
  suggest: () => ({ strength: 0, why: 'Enough rows to adjust every layer.' }),
};
