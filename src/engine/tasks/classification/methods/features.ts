/** What *features only* computes: nothing but heads, on vectors that were read once. */
import { features as definition } from '../../../../core/settings/methods/features';
import { type FitLoad, NO_LOAD } from '../../../fit/load';
import type { ClassificationMethod } from '../method';
import { MEAN_LAYERS } from '../../../threads/forward';
import { featuresLoad } from './features-load';
import { featuresLearner } from './features-only';

/** The load of a fit that takes about as long as a thread takes to start. */
const WORTH_A_THREAD = 3e6;

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
  copiedBytes({ corpus, model, further, settings }) {
    const sizes = [model, ...further].map(({ config }) => config.hiddenSize);
    const rows = corpus.trainRows.length;
    if (featuresLoad(settings, sizes, { rows, classes: corpus.labels.length }) < WORTH_A_THREAD) return null;
    const columns = MEAN_LAYERS * sizes.reduce((sum, size) => sum + size, 0);
    return 4 * columns * corpus.distinct.tokenIds.length;
  },
};
