/**
 * What can be learned from rows: to choose a label, or to write an answer.
 */
import type { LabelCount, Row } from './dataset';
import type { Task } from './mapping';
import type { Reading } from './mapping';

/** Answers up to this length can be labels. */
const MAX_LABEL_LENGTH = 60;

/**
 * Text/label files are classification, and chats of which a key or a field is the label. Prompts and chats are too where
 * there are few different answers: at least two, less than a third of the rows, and each short enough to be a name.
 */
export function inferTask(reading: Reading, rows: readonly Row[], labels: readonly LabelCount[]): Task {
  const { format, textFields, targetField } = reading;
  const keyed = format === 'chat' && textFields[0] !== targetField;
  if ((format !== 'prompt-completion' && format !== 'chat') || keyed) return 'classification';
  const few = labels.length >= 2 && labels.length < rows.length / 3;
  return few && labels.every(({ label }) => label.length <= MAX_LABEL_LENGTH) ? 'classification' : 'generation';
}

/** Every different target with its number of rows, most frequent first, ties in code unit order. */
export function countLabels(rows: readonly Row[]): LabelCount[] {
  const counts = new Map<string, number>();
  for (const { target } of rows) counts.set(target, (counts.get(target) ?? 0) + 1);
  return [...counts]
    .map(([label, count]) => ({ label, count }))
    .sort((a, b) => b.count - a.count || (a.label < b.label ? -1 : 1));
}
