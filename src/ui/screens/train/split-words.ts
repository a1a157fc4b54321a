/** What the split means for the smallest label and for rows that say the same, in words. Pure. */
import type { DatasetVersion, LabelCount } from '../../../core/data/dataset';
import { formatAmount, formatCount } from '../../../core/formats/numbers';
import type { EvaluationPlan } from '../../../core/plan/settings';
import type { SplitCounts } from './cost';

export interface SplitSentences {
  /** Words that go on after the label. */
  smallest: { label: string; words: string } | null;
  grouped: string | null;
}

/** Counted from the label counts: exact for all rows, scaled for a quick trial. */
export function splitSentences(
  version: Pick<DatasetVersion, 'labels' | 'rowCount' | 'findings'>,
  split: SplitCounts,
  plan: EvaluationPlan,
): SplitSentences {
  const smallest = version.labels.reduce<LabelCount | null>(
    (least, entry) => (least === null || entry.count < least.count ? entry : least),
    null,
  );
  return {
    smallest:
      smallest === null
        ? null
        : { label: smallest.label, words: smallestWords(smallest.count, version.rowCount, split, plan) },
    grouped: groupedWords(version.findings),
  };
}

function smallestWords(count: number, rows: number, split: SplitCounts, plan: EvaluationPlan): string {
  const used = Math.max(1, Math.round((count * split.used) / Math.max(1, rows)));
  const held = plan.test.kind === 'hold-out' ? Math.round(used * plan.test.share) : 0;
  const trained = used - held;
  if (trained < plan.folds) {
    return `has ${formatAmount(trained, 'row')} for ${plan.folds} folds: some folds are scored without it.`;
  }
  const low = Math.floor(trained / plan.folds);
  const perFold = trained % plan.folds === 0 ? formatCount(low) : `${formatCount(low)} or ${formatCount(low + 1)}`;
  const inTest = held > 0 ? ` and ${formatCount(held)} in the test part` : '';
  return `has ${perFold} ${perFold === '1' ? 'row' : 'rows'} in each fold${inTest}. Every label keeps its share.`;
}

function groupedWords(findings: DatasetVersion['findings']): string | null {
  const same = findings.filter(({ id }) => id.includes('duplicate')).reduce((sum, { count }) => sum + count, 0);
  return same === 0
    ? null
    : `${formatAmount(same, 'row')} with the same text as another stay together, so that no answer leaks from training to test.`;
}

/** Labels of a test file that training never sees. */
export function unknownLabels(training: readonly LabelCount[], test: readonly LabelCount[]): string[] {
  const known = new Set(training.map(({ label }) => label));
  return test.map(({ label }) => label).filter((label) => !known.has(label));
}
