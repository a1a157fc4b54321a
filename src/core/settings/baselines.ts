/** What methods are compared with on the same folds, in the order in which they are fitted. */
import { methodDefinition } from './methods';
import type { BaselineId, Method } from './settings';

export const BASELINES: readonly BaselineId[] = ['majority', 'tfidf_logistic_regression', 'features_only'];

export const BASELINE_TITLES: Readonly<Record<BaselineId, string>> = {
  majority: 'the commonest label',
  tfidf_logistic_regression: 'word counts',
  features_only: 'features only',
};

/** Those that are fitted beside a method: all but the one that it is itself. */
export function fittedBaselines(method: Method): readonly BaselineId[] {
  const { baseline } = methodDefinition(method);
  return BASELINES.filter((id) => id !== baseline);
}
