/** What *Everything* computes: steps through all layers. */
import { full as definition } from '../../../../core/settings/methods/full';
import type { ClassificationMethod } from '../method';
import { fineTuneLearner } from './fine-tune';
import { fineTuneLoad, fineTuneTrial } from './fine-tune-load';

export const full: ClassificationMethod = {
  id: definition.id,
  needsReading: false,
  learner: (context) => fineTuneLearner(context, definition.trained(context.settings, context.model.config)),
  load: (question) => fineTuneLoad(question, definition.trained(question.settings, question.counts)),
  trial: (context) => fineTuneTrial(context, definition.trained(context.settings, context.model.config)),
  leastRows: 1,
  frozenLayers: () => 0,
  copiedBytes: () => 0,
};
