/** *Few examples*: pairs of rows tune all layers, then a classifier is learned. */
import type { MethodDefinition } from '../method';
import { hasFewRows, MANY_LABELS } from './few-rows';
import { SEARCHED_NOISE } from './searched-noise';
import { OF_ALL, OF_STEPS } from './setting-keys';

/** Up to this many rows pairs are a matter of minutes on the processor too. */
const QUICK_ROWS = 500;

const BATCH = 32;
/** TREC-6, 16 rows a label: 84 % after 12 passes, 88 after 25, which with 8 rows a label are the 40 steps. */
const PASSES = 25;
const [LEAST_STEPS, MOST_STEPS] = [40, 200];

export const fewExamples: MethodDefinition = {
  id: 'few-examples',
  task: 'classification',
  title: 'Few examples',
  technicalName: 'contrastive tuning, as in SetFit',
  description: 'Teach the model which rows belong together, then learn a classifier. For a handful of rows per label.',
  opponent: 'features_only',
  baseline: null,
  fits: () => true,
  settings: [...OF_ALL, ...OF_STEPS, 'headC', 'maxSteps', 'augmentation'],
  auto: {
    batchSize: () => ({ value: BATCH, why: '32 rows: all pairs among them are compared, some 500.' }),
    learningRate: () => ({ value: 5e-5, why: '5e-5, falling to 0: steps are few, and each has hundreds of pairs.' }),
    maxSteps: ({ rows }) => {
      const wanted = Math.round((PASSES * rows) / BATCH);
      if (wanted <= LEAST_STEPS)
        return { value: LEAST_STEPS, why: `${LEAST_STEPS}: more bring no more with so few rows.` };
      if (wanted > MOST_STEPS) return { value: MOST_STEPS, why: `${MOST_STEPS}: the most that is worth its time.` };
      return { value: wanted, why: `${wanted}: about ${PASSES} passes over ${rows} rows.` };
    },
    headC: () => ({ value: 10, why: 'Suits vectors of length 1. Rows that tuned the model cannot choose it.' }),
  },
  iterated: true,
  trained: (_, { layers }) => ({ layers, embeddings: false }),
  // One row alone has no partner.
  steps: ({ maxSteps }, rows) => (rows < 2 ? 0 : maxSteps),
  epochs: () => null,
  search: {
    place: 2,
    everyEncoder: true,
    // With more rows a label, passes over them bring more in less time.
    turn: (facts) => (hasFewRows(facts) ? 2 : 6),
    // TREC-6 with 64 rows a label, the one set with so many that it was measured on: 88 for the 90.5 of everything, which
    // takes an eighth of its time.
    late: (facts) =>
      hasFewRows(facts)
        ? null
        : 'With so many rows a label it takes longest, and gained less where it was measured. It has its turn where there is ' +
          'time for everything.',
    settings: () => [
      { kind: 'times', key: 'learningRate', least: 1 / 2, most: 3 },
      { kind: 'times', key: 'maxSteps', least: 1 / 2, most: 2 },
      { kind: 'among', key: 'batchSize', values: [16, 32, 64] },
      { kind: 'among', key: 'weightDecay', values: [0, 0.01, 0.1] },
      { kind: 'among', key: 'dropout', values: [0, 0.1, 0.2] },
      SEARCHED_NOISE,
    ],
  },
  suggest({ backend, rows, labels }) {
    const onProcessor = backend === 'wasm';
    const perLabel = rows / Math.max(1, labels);
    if (!hasFewRows({ rows, labels }) || labels >= MANY_LABELS || (onProcessor && rows > QUICK_ROWS)) return null;
    const why = `About ${Math.round(perLabel)} rows per label: pairs make the most of them.`;
    return { strength: 3, why: onProcessor ? `${why} On the processor it takes minutes.` : why };
  },
};
