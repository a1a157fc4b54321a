/** What a run did with its rows that a reader should know, in words. */
import type { DatasetVersion, Row } from '../core/data/dataset';
import type { SplitGroups } from '../core/data/split-groups';
import { formatAmount, formatCount } from '../core/words/numbers';
import { LABELS_FOLLOW } from '../core/quality/keep-together';
import { unseenLabels } from '../core/quality/test-file';

export function trialNotes(used: number, { rowCount, labels }: Pick<DatasetVersion, 'rowCount' | 'labels'>): string[] {
  if (used >= rowCount) return [];
  const fair = labels.length > 0 ? ' so that every label keeps its share' : '';
  return [`A quick trial: ${formatCount(used)} of ${formatAmount(rowCount, 'row')}, drawn at random${fair}.`];
}

export function groupNotes(grouped: SplitGroups, { togetherField }: DatasetVersion['mapping']): string[] {
  const { copies, nearCopies, keptTogether, conversations, torn, labelsFollow } = grouped;
  const notes: string[] = [];
  const alike = [
    ...(copies > 0 ? [`${formatAmount(copies, 'row')} with the same text as another`] : []),
    ...(nearCopies > 0
      ? [`${formatAmount(nearCopies, 'near copy', 'near copies')} (other numbers, names or few words)`]
      : []),
  ];
  if (alike.length > 0) notes.push(`On one side of every split: ${alike.join(' and ')}.`);
  const field = `«${togetherField ?? 'together'}»`;
  if (keptTogether > 0) {
    notes.push(
      `Kept together by ${field}: ${formatAmount(keptTogether, 'row')} with ${formatAmount(conversations, 'value')} that several rows share.`,
    );
  }
  if (torn > 0) {
    notes.push(
      `${formatAmount(torn, 'row')} with the same or nearly the same text under many values of ${field} can be on both sides: ` +
        'keeping them together too would join most of the rows.',
    );
  }
  if (keptTogether > 0 && labelsFollow >= LABELS_FOLLOW) {
    notes.push(
      `The labels follow ${field} closely: rows that share its value nearly always share their label. The score is for new values of it.`,
    );
  }
  return notes;
}

/** Which rows of a test part repeat training rows (1), wholly or nearly or by the field, and that in words. */
export function repeats(
  test: Int32Array,
  training: Int32Array,
  { groups, alike }: Pick<SplitGroups, 'groups' | 'alike'>,
): { seen: Uint8Array; notes: string[] } {
  const texts = new Set(training.map((row) => alike[row] ?? 0));
  const together = new Set(training.map((row) => groups[row] ?? 0));
  const byText = Uint8Array.from(test, (row) => (texts.has(alike[row] ?? 0) ? 1 : 0));
  const seen = Uint8Array.from(test, (row, i) => (byText[i] === 1 || together.has(groups[row] ?? 0) ? 1 : 0));
  const count = (of: Uint8Array): number => of.reduce((sum, is) => sum + is, 0);
  const notes: string[] = [];
  if (count(byText) > 0) {
    notes.push(
      `${formatAmount(count(byText), 'test row')} ${count(byText) === 1 ? 'repeats a training row' : 'repeat training rows'}, word for word or nearly: the model has seen them.`,
    );
  }
  const others = count(seen) - count(byText);
  if (others > 0) {
    notes.push(
      `${formatAmount(others, 'test row')} more ${others === 1 ? 'belongs' : 'belong'} together with training rows.`,
    );
  }
  return { seen, notes };
}

/** Labels of test rows that training never saw. */
export function unseenNotes(training: readonly Row[], test: readonly Row[]): string[] {
  const finding = unseenLabels(training, test);
  return finding === null ? [] : [`${finding.title}. ${finding.detail}`];
}
