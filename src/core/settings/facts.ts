/**
 * What `auto` may look at, read from a version of a data set and the plan of a run.
 * Page and worker both call this with the same arguments, so that the form shows what the run will use.
 */
import type { DatasetVersion } from '../data/dataset';
import { imbalanceOf } from '../metrics/imbalance';
import { testShare } from './test-part';
import { lengthAt, longestOf, rowsOver, talliedRows, tallyTokens, type TokenTally } from '../text/token-tally';
import type { EvaluationPlan, Backend, SettingFacts } from './settings';

export interface FactsInput {
  backend: Backend;
  evaluation: EvaluationPlan;
  /** Only N rows, a random sample; 0 = all. */
  limit: number;
  model: { layers: number; maxTokens: number };
}

/**
 * Facts for `auto`. A limit and a hold-out share scale the label counts, so that no row needs to be read.
 * `lengths` are of all rows before any cut; null when they are not known, which reads as rows at the model's limit.
 */
export function factsOf(
  version: Pick<DatasetVersion, 'rowCount' | 'labels' | 'parts'>,
  lengths: TokenTally | null,
  input: FactsInput,
): SettingFacts {
  const used = input.limit > 0 ? Math.min(input.limit, version.rowCount) : version.rowCount;
  const trained = 1 - testShare(input.evaluation.test, version);
  const scale = (trained * used) / Math.max(1, version.rowCount);
  const counts = version.labels.map(({ count }) => count);
  const smallest = Math.min(...counts);
  return {
    backend: input.backend,
    rows: Math.round(version.rowCount * scale),
    labels: counts.length,
    smallestLabel: counts.length === 0 ? 0 : Math.max(1, Math.floor(smallest * scale)),
    imbalance: imbalanceOf(counts),
    tokens: tokenFacts(lengths ?? tallyTokens([input.model.maxTokens])),
    folds: input.evaluation.folds,
    modelLayers: input.model.layers,
    modelMaxTokens: input.model.maxTokens,
  };
}

function tokenFacts(tally: TokenTally): SettingFacts['tokens'] {
  const rows = talliedRows(tally);
  const at = (share: number): number => lengthAt(tally, Math.floor(share * rows));
  return {
    median: at(0.5),
    p95: at(0.95),
    max: longestOf(tally),
    shareOver: (limit) => (rows === 0 ? 0 : rowsOver(tally, limit) / rows),
  };
}
