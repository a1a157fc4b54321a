/** What *Adapter* computes: steps through all layers, of which only the matrices beside them learn. */
import { adapter as definition } from '../../../../core/settings/methods/adapter';
import type { ClassificationMethod } from '../method';
import { fineTuneLearner } from './fine-tune';
import { fineTuneLoad, fineTuneTrial } from './fine-tune-load';

export const adapter: ClassificationMethod = {
  id: definition.id,
  needsReading: false,
  learner: (context) => fineTuneLearner(context, definition.trained(context.settings, context.model.config)),
  load: (question) => fineTuneLoad(question, definition.trained(question.settings, question.counts)),
  trial: (context) => fineTuneTrial(context, definition.trained(context.settings, context.model.config)),
  leastRows: 1,
  // All are run in every step: what the adapters of lower layers add changes what the upper ones read.
  frozenLayers: () => 0,
  copiedBytes: () => 0,
};
