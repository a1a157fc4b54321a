/** The measure that answers are held to: by how uneven the rows are, and by a wish that rare labels count. */
import type { LabelCount } from '../data/dataset';
import { imbalanceOf, UNEVEN_ABOVE } from '../metrics/imbalance';
import type { ClassificationMetricId } from '../metrics/registry';

/** Macro-F1, where every label counts the same, if labels are uneven or rare ones were given weight (`weighted`). */
export function judgedBy(labels: readonly Pick<LabelCount, 'count'>[], weighted: boolean): ClassificationMetricId {
  return weighted || imbalanceOf(labels.map(({ count }) => count)) > UNEVEN_ABOVE ? 'macro_f1' : 'accuracy';
}
