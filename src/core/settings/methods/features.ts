/** *Features only*: the encoder stays as it came. */
import type { MethodDefinition } from '../method';
import { hasFewRows, MANY_LABELS } from './few-rows';
import { OF_ALL } from './setting-keys';

export const features: MethodDefinition = {
  id: 'features',
  task: 'classification',
  title: 'Features only',
  technicalName: 'frozen encoder, logistic regression',
  description: 'Keep the model as it came; learn a classifier on what it sees.',
  opponent: 'tfidf_logistic_regression',
  baseline: 'features_only',
  fits: () => true,
  settings: [...OF_ALL, 'headC'],
  auto: {},
  iterated: false,
  trained: () => ({ layers: 0, embeddings: false }),
  steps: () => 0,
  epochs: () => null,
  // Recipe and strength are chosen inside every fit already.
  search: { place: 1, settings: () => [] },
  suggest({ backend, rows, labels }) {
    if (backend === 'wasm') return { strength: 2, why: 'On the processor this is the one that is quick.' };
    if (labels < MANY_LABELS || !hasFewRows({ rows, labels })) return null;
    const perLabel = Math.round(rows / labels);
    return {
      strength: 2,
      why: `${labels} labels with about ${perLabel} rows each: pairs of rows gain nothing over this.`,
    };
  },
};
