/** What *features only* computes: nothing but heads, on vectors that were read once. */
import { features as definition } from '../../../../core/settings/methods/features';
import { type FitLoad, NO_LOAD } from '../../../fit/load';
import type { ClassificationMethod } from '../method';
import { featuresLoad } from './features-load';
import { featuresLearner } from './features-only';

export const features: ClassificationMethod = {
  id: definition.id,
  needsReading: true,
  learner: (context, read) => featuresLearner(context, read, { c: context.settings.headC, l1: context.settings.l1 }),
  load({ lengths, classes, settings, sizes, foldRows }) {
    const fit = (rows: number): FitLoad => ({
      forward: NO_LOAD,
      training: NO_LOAD,
      solving: featuresLoad(settings, sizes, { rows, classes }),
    });
    const [fold, final] = [fit(foldRows), fit(lengths.length)];
    return { kind: 'head', fold, final, answering: NO_LOAD, testing: NO_LOAD };
  },
  trial: () => null,
  leastRows: 1,
  frozenLayers: () => 0,
  copiedBytes: () => null,
};
