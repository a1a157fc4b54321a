/** What the answers of a search are held to, by the rows of its run. */
import type { Judge } from '../search/answers';
import type { ReportContext } from './context';
import { rowUnits } from './figures';
import { judgedBy } from './judged-by';

/** By the measure of the verdict of any run on these rows. */
export function searchJudge({
  dataset,
  rows,
  folds,
  settings,
}: Pick<ReportContext, 'dataset' | 'rows' | 'folds' | 'settings'>): Judge {
  const { labels, labelIndices: truth } = rows;
  const metric = judgedBy(dataset.labels, settings.classWeight === 'balanced');
  return { ...{ labels, truth, folds, metric }, units: rowUnits(rows) };
}
