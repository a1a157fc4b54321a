/** Noise in the texts as a search tries it: all or none, so that a dozen tries tell something. */
import type { SearchedSetting } from '../search-space';

export const SEARCHED_NOISE: SearchedSetting = { kind: 'among', key: 'augmentation', values: ['none', 'both'] };
