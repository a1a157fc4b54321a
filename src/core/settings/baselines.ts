/** What methods are compared with on the same folds, once: in the order in which they are fitted, with what each is called. */
import { methodDefinition } from './methods';
import type { BaselineId, Method } from './settings';

export const BASELINES: readonly BaselineId[] = ['majority', 'tfidf_logistic_regression', 'features_only'];

export interface BaselineWords {
  /** As a heading. */
  title: string;
  /** In a sentence, in the field's words and in plain ones. */
  name: string;
  plain: string;
  /** What it is, in a line under its title. */
  note: string;
  /** What a verdict says where a run is not ahead of it. */
  enough: string;
}

export const BASELINE_WORDS: Readonly<Record<BaselineId, BaselineWords>> = {
  majority: {
    title: 'Majority',
    name: 'the commonest label',
    plain: 'the commonest label',
    note: 'Always the commonest label',
    enough: 'Always giving the commonest label is enough.',
  },
  tfidf_logistic_regression: {
    title: 'TF-IDF + logistic regression',
    name: 'TF-IDF',
    plain: 'word counts',
    note: 'Word counts, no language model',
    enough: 'Word counts are enough.',
  },
  features_only: {
    title: 'Features only',
    name: 'features only',
    plain: 'features only',
    note: 'The model as it came',
    enough: 'Features only is enough.',
  },
};

/** Those that are fitted beside a method: all but the one that it is itself. */
export function fittedBaselines(method: Method): readonly BaselineId[] {
  const itself = methodDefinition(method).baseline;
  return BASELINES.filter((id) => id !== itself);
}
