/** What the answers of a search are held to, by the rows of its run. */
import type { Judge } from '../search/answers';
import type { ReportContext } from './context';
import { rowUnits } from './figures';

/** By macro-F1 where rare labels are given weight, as the verdict of any run; else by accuracy. */
export function searchJudge({ rows, folds, settings }: Pick<ReportContext, 'rows' | 'folds' | 'settings'>): Judge {
  const { labels, labelIndices: truth } = rows;
  const metric = settings.classWeight === 'balanced' ? 'macro_f1' : 'accuracy';
  return { ...{ labels, truth, folds, metric }, units: rowUnits(rows) };
}
