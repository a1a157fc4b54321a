/** A method of the tests' own, what it computes. */
import type { ClassificationMethod } from '../../../../src/engine/tasks/classification/method';
import { fineTuneLearner } from '../../../../src/engine/tasks/classification/methods/fine-tune';
import { fineTuneLoad, fineTuneTrial } from '../../../../src/engine/tasks/classification/methods/fine-tune-load';
import { gentle as definition } from './definition';

export const gentle: ClassificationMethod = {
  id: definition.id,
  needsReading: false,
  learner(context) {
    const { settings, model } = context;
    const slow = { ...settings, learningRate: settings.learningRate / 10 };
    return fineTuneLearner({ ...context, settings: slow }, definition.trained(settings, model.config));
  },
  load: (question) => fineTuneLoad(question, definition.trained(question.settings, question.counts)),
  trial: (context) => fineTuneTrial(context, definition.trained(context.settings, context.model.config)),
  leastRows: 1,
  frozenLayers: () => 0,
  copiedBytes: () => 0,
};
