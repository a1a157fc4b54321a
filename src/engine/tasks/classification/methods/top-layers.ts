/** What *Top layers* computes: the last layers' steps on the kept output of those below. */
import { topLayers as definition } from '../../../../core/settings/methods/top-layers';
import type { ClassificationMethod } from '../method';
import { fineTuneLearner } from './fine-tune';
import { fineTuneLoad, fineTuneTrial } from './fine-tune-load';

export const topLayers: ClassificationMethod = {
  id: definition.id,
  needsReading: false,
  learner: (context) => fineTuneLearner(context, definition.trained(context.settings, context.model.config)),
  load: (question) => fineTuneLoad(question, definition.trained(question.settings, question.counts)),
  trial: (context) => fineTuneTrial(context, definition.trained(context.settings, context.model.config)),
  leastRows: 1,
  frozenLayers: (settings, model) => model.layers - definition.trained(settings, model).layers,
  copiedBytes({ corpus, model }) {
    const tokens = corpus.distinct.tokenIds.reduce((sum, ids) => sum + ids.length, 0);
    return 4 * tokens * model.config.hiddenSize;
  },
};
