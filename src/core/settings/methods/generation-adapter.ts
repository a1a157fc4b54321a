/** *Adapter* for written answers: the model stays as it came, and small matrices beside its layers learn the rows' answers. */
import type { MethodDefinition } from '../method';
import { adapter } from './adapter';
import { OF_ADAPTERS } from './setting-keys';

/** Steps of a pass are many and small: each learns from a few answers. */
const ROWS_PER_STEP = 4;
/** No cap: passes end a training. `max_steps` is for a look at how it begins. */
export const NO_CAP = 10_000;

export const generationAdapter: MethodDefinition = {
  id: 'generation-adapter',
  task: 'generation',
  title: 'Adapter',
  technicalName: 'LoRA',
  description:
    'Leave the model as it came and learn a small addition to every layer: a voice, a form, a habit of answering.',
  opponent: null,
  baseline: null,
  fits: () => true,
  settings: [
    'maxLength',
    'seed',
    'nEpochs',
    'batchSize',
    'learningRate',
    'schedule',
    'warmupRatio',
    'weightDecay',
    'maxGradNorm',
    'gradientAccumulation',
    'earlyStoppingPatience',
    'maxSteps',
    ...OF_ADAPTERS,
  ],
  auto: {
    nEpochs: ({ rows }) => {
      const value = rows < 100 ? 5 : rows < 500 ? 3 : rows < 2000 ? 2 : 1;
      return { value, why: `${rows} rows: more passes learn them by heart.` };
    },
    batchSize: () => ({ value: ROWS_PER_STEP, why: 'Few rows a step: a small set needs the steps.' }),
    learningRate: () => ({
      value: 1e-3,
      why: '1e-3: an adapter on a model this small starts from nothing; warms up, then falls to 0.',
    }),
    maxSteps: () => ({ value: NO_CAP, why: 'No cap: the passes end it.' }),
    weightDecay: () => ({ value: 0, why: 'Off, as is usual for adapters.' }),
  },
  iterated: true,
  trained: adapter.trained,
  steps: ({ nEpochs, batchSize, gradientAccumulation, maxSteps }, rows) =>
    Math.min(maxSteps, nEpochs * Math.ceil(Math.ceil(rows / batchSize) / gradientAccumulation)),
  epochs: ({ nEpochs }) => nEpochs,
  // Written answers are held to ways without training, not to methods.
  search: null,
  suggest: () => ({ strength: 0, why: 'It leaves the model as it came, and weighs a few megabytes.' }),
};
