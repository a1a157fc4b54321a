/** What the split means for the smallest label and for rows that say the same, in words. Pure. */
import type { DatasetVersion, LabelCount } from '../../../core/data/dataset';
import { testShare } from '../../../core/settings/test-part';
import { formatAmount, formatCount } from '../../../core/words/numbers';
import type { EvaluationPlan } from '../../../core/settings/settings';
import type { SplitCounts } from './cost';

export interface SplitSentences {
  /** Words that go on after the label. */
  smallest: { label: string; words: string } | null;
  grouped: string | null;
  /** What rows are kept together by, or could be. */
  together: string | null;
}

type Version = Pick<DatasetVersion, 'labels' | 'rowCount' | 'findings' | 'parts' | 'reading'> & {
  mapping: Pick<DatasetVersion['mapping'], 'togetherField'>;
};

/** Counted from the label counts: exact for all rows, scaled for a quick trial. */
export function splitSentences(version: Version, split: SplitCounts, plan: EvaluationPlan): SplitSentences {
  const smallest = version.labels.reduce<LabelCount | null>(
    (least, entry) => (least === null || entry.count < least.count ? entry : least),
    null,
  );
  return {
    smallest:
      smallest === null ? null : { label: smallest.label, words: smallestWords(smallest.count, version, split, plan) },
    grouped: groupedWords(version.findings),
    together: togetherWords(version),
  };
}

function smallestWords(count: number, version: Version, split: SplitCounts, plan: EvaluationPlan): string {
  const used = Math.max(1, Math.round((count * split.used) / Math.max(1, version.rowCount)));
  const held = Math.round(used * testShare(plan.test, version));
  const trained = used - held;
  if (trained < plan.folds) {
    return `has ${formatAmount(trained, 'row')} for ${plan.folds} folds: some folds are scored without it.`;
  }
  const low = Math.floor(trained / plan.folds);
  const perFold = trained % plan.folds === 0 ? formatCount(low) : `${formatCount(low)} or ${formatCount(low + 1)}`;
  const inTest = held > 0 ? ` and ${formatCount(held)} in the test part` : '';
  const share =
    plan.test.kind === 'split' ? "That is if the file's parts are even in it." : 'Every label keeps its share.';
  return `has ${perFold} ${perFold === '1' ? 'row' : 'rows'} in each fold${inTest}. ${share}`;
}

function groupedWords(findings: DatasetVersion['findings']): string | null {
  const same = findings.filter(({ id }) => id.includes('duplicate')).reduce((sum, { count }) => sum + count, 0);
  return same === 0
    ? null
    : `${formatAmount(same, 'row')} that repeat another, wholly or nearly, stay with it, so that no answer leaks from training to test.`;
}

function togetherWords({ mapping, reading }: Version): string | null {
  const field = mapping.togetherField;
  if (typeof field === 'string')
    return `Kept together by «${field}»: rows that share its value stay on one side of every split.`;
  const [offered] = reading?.offered.together ?? [];
  return offered === undefined
    ? null
    : `Rows share their «${offered}». If it is a thread, a person or a case, keep them together by it on the data screen: else a model is tested on what it half knows.`;
}

/** Labels of a test file that training never sees. */
export function unknownLabels(training: readonly LabelCount[], test: readonly LabelCount[]): string[] {
  const known = new Set(training.map(({ label }) => label));
  return test.map(({ label }) => label).filter((label) => !known.has(label));
}
