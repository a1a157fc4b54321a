/**
 * Whom the run of a report is measured against: one rule for words and charts. The method says it; of a method that this
 * build does not know, the report's own comparisons do.
 */
import { isKnownMethod, methodDefinition } from '../settings/methods';
import type { BaselineId } from '../settings/settings';
import type { ClassificationReport } from './classification';

type Compared = Pick<ClassificationReport, 'method' | 'comparisons'>;

/** The baseline that a report compares its run with first. */
export function opponentOf({ method, comparisons }: Compared): BaselineId {
  const { opponent } = methodDefinition(method);
  if (isKnownMethod(method) && opponent !== null) return opponent;
  return comparisons.features_only ? 'features_only' : 'tfidf_logistic_regression';
}

/** The baseline that the method is itself; null where it is none. */
export function ownBaseline({ method, comparisons }: Compared): BaselineId | null {
  if (isKnownMethod(method)) return methodDefinition(method).baseline;
  return comparisons.features_only === null && comparisons.tfidf_logistic_regression !== null ? 'features_only' : null;
}
