/** A method of the tests' own, what is said of it: all layers, at a tenth of the learning rate. */
import type { MethodDefinition } from '../../../../src/core/settings/method';
import { FINE_TUNING } from '../../../../src/core/settings/methods/fine-tuning';

export const gentle: MethodDefinition = {
  ...FINE_TUNING,
  id: 'gentle',
  title: 'Gentle',
  technicalName: 'fine-tuning at a tenth of the rate',
  description: 'Adjust every layer a little.',
  fits: ({ layers }) => layers > 1,
  settings: ['seed', 'maxLength', 'batchSize', 'learningRate', 'nEpochs', 'schedule'],
  auto: { ...FINE_TUNING.auto, nEpochs: () => ({ value: 7, why: 'Small steps need more of them.' }) },
  trained: (_, { layers }) => ({ layers, embeddings: false }),
  search: null,
  suggest: () => null,
};
