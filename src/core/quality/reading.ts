/**
 * Findings about the file as a whole: how it was converted, and what no repair of single rows can help.
 */
import type { LabelCount, Part, Row } from '../data/dataset';
import type { Task } from '../data/mapping';
import type { FileLayout } from '../reading/file-reading';
import type { FieldInfo } from '../data/reading-record';
import { unusedFields } from '../reading/field-census';
import type { Reading } from '../data/mapping';
import type { Guess } from '../reading/guess';
import { sortLabels } from '../data/label-map';
import { isScale } from '../reading/label-values';
import type { ReadingNotes } from '../reading/reading-notes';
import { formatAmount, formatCount } from '../words/numbers';
import { nameList } from '../words/excerpt';
import { type FoundFinding, makeFinding } from '../data/finding';
import { keepTogether } from './keep-together';
import { containerFindings } from './reading-container';

/** Above this share of rows with several labels the file is of another task, which no leaving out can hide. */
const MULTI_LABEL_SHARE = 0.1;

/** A file as it was read. */
export interface ReadFile {
  notes: ReadingNotes;
  layout: FileLayout;
  reading: Reading;
  guess: Guess;
  fields: readonly FieldInfo[];
  /** Records that no reading fits. */
  unread: number;
  rows: readonly Row[];
  /** Different labels or answers. */
  targets: readonly LabelCount[];
  task: Task;
}

/** What was noted while reading, and what it means for the file. */
export function readingFindings(file: ReadFile): FoundFinding[] {
  const { notes, layout, reading, fields, unread } = file;
  const extra = unusedFields(fields, reading);
  const findings = notes.findings().map((finding): FoundFinding => {
    if (finding.id === 'extra-keys' && extra.length > 0) {
      return { ...finding, title: `Extra keys are not used: ${nameList(extra)}` };
    }
    return finding.id === 'multi-label' ? severalLabels(finding, file) : finding;
  });
  findings.unshift(...containerFindings(layout));
  if (reading.format === 'preference') findings.push(preference(unread));
  if (reading.format === 'unknown' && unread > 0) findings.push(noKnownKeys(fields, unread));
  if (reading.format === 'unknown' && unread === 0) findings.push(nothingRead(notes.leftOut));
  const more = [labelsInColumns(file), scale(file), jsonAnswers(file), namedParts(file), keepTogether(file)];
  return [...findings, ...more.filter((finding) => finding !== null)];
}

function severalLabels(finding: FoundFinding, { notes, rows, reading }: ReadFile): FoundFinding {
  const { count } = finding;
  const one = formatAmount(rows.length, 'row');
  if (reading.singleOnly === true) {
    return {
      ...finding,
      detail: `Left out, as you chose: several labels for one text are not supported yet. ${one} with one label are used.`,
    };
  }
  const otherTask = count > (rows.length + count + notes.count('no-label-set')) * MULTI_LABEL_SHARE;
  if (!otherTask) return finding;
  return {
    ...finding,
    severity: 'blocking',
    detail:
      'Several labels for one text are another task, which is not supported yet. ' +
      (rows.length > 0 ? `The ${one} with exactly one label can be used: choose so above.` : 'No row has exactly one.'),
  };
}

/** Columns of 0 and 1: told once for the file, whether or not some row has several. */
function labelsInColumns({ reading, rows, notes }: ReadFile): FoundFinding | null {
  const { labelFields = [] } = reading;
  if (labelFields.length === 0) return null;
  const several = notes.count('multi-label');
  const none = notes.count('no-label-set');
  const all = rows.length + several + none;
  const finding = makeFinding({
    id: 'multi-label-columns',
    severity:
      several > all * MULTI_LABEL_SHARE || (rows.length < all / 2 && reading.singleOnly !== true)
        ? 'blocking'
        : 'warning',
    title: `Several labels are possible: ${formatAmount(labelFields.length, 'field')} of 0 and 1, one for each label`,
    detail:
      several === 0 && none === 0
        ? `Every row has exactly one of ${nameList(labelFields)}; it is read as the label.`
        : `${formatAmount(rows.length, 'row')} have exactly one of ${nameList(labelFields)}, ${formatCount(several)} have several, ` +
          `${formatCount(none)} none. Several labels for one text are not supported yet; the rows with exactly one can be used.`,
  });
  const severity = reading.singleOnly === true ? 'warning' : finding.severity;
  return { ...finding, severity, count: several };
}

/** Numbers on a scale: a class for every value says nothing of the values between them. */
function scale({ task, targets, rows }: ReadFile): FoundFinding | null {
  const labels = targets.map(({ label }) => label);
  if (task !== 'classification' || !isScale(labels, rows.length)) return null;
  const sorted = sortLabels(labels);
  const finding = makeFinding({
    id: 'scale-labels',
    severity: 'blocking',
    title: `The labels are numbers on a scale, from ${sorted[0] ?? ''} to ${sorted.at(-1) ?? ''}, not classes`,
    detail:
      `There are ${formatCount(labels.length)} different ones in ${formatAmount(rows.length, 'row')}. Learning amounts is not ` +
      'supported; ranges of them (low, middle, high) can be labels: choose so above.',
  });
  return { ...finding, count: rows.length };
}

/** Answers in JSON: one key is read, the others are not. */
function jsonAnswers({ reading, guess, rows }: ReadFile): FoundFinding | null {
  if (guess.ignoredKeys.length === 0 && !reading.targetField.includes('.')) return null;
  if (reading.targetField !== guess.reading.targetField || reading.format === 'text-label') return null;
  if (reading.format === 'chat' && reading.targetField === reading.textFields[0]) return null;
  const ignored = guess.ignoredKeys.length === 0 ? '' : ` ${nameList(guess.ignoredKeys)} in it is not read.`;
  const finding = makeFinding({
    id: 'json-answers',
    severity: 'repairable',
    title: `The answers are JSON: ${nameList([reading.targetField])} is read as the label`,
    detail: `The label is what stands under this key.${ignored}`,
  });
  return { ...finding, count: rows.length };
}

const PARTS: readonly Part[] = ['train', 'validation', 'test'];

/** A field that names parts: offered, not obeyed. */
function namedParts({ reading, rows }: ReadFile): FoundFinding | null {
  if (reading.splitField === undefined || reading.splitField === null) return null;
  const counts = new Map<Part, number>();
  for (const { part } of rows) if (part !== undefined) counts.set(part, (counts.get(part) ?? 0) + 1);
  if (counts.size === 0) return null;
  const words = PARTS.filter((part) => counts.has(part)).map((part) => `${formatCount(counts.get(part) ?? 0)} ${part}`);
  const finding = makeFinding({
    id: 'named-parts',
    severity: 'repairable',
    title: `${nameList([reading.splitField])} names the parts of the file: ${words.join(', ')}`,
    detail: counts.has('test')
      ? 'Train offers these rows as the test part. Nothing is split by it until you choose so.'
      : 'No row is of a test part, so nothing is split by it.',
  });
  return { ...finding, count: rows.length };
}

function preference(unread: number): FoundFinding {
  const finding = makeFinding({
    id: 'preference',
    severity: 'blocking',
    title: 'This is a preference set, which is not supported',
    detail: 'It pairs a better with a worse answer. Bring one answer per prompt, or a text and its label.',
  });
  return { ...finding, count: unread };
}

function noKnownKeys(fields: readonly FieldInfo[], unread: number): FoundFinding {
  const finding = makeFinding({
    id: 'no-known-keys',
    severity: 'blocking',
    title: 'No recognisable keys',
    detail:
      `Expected text and label, prompt and completion, or messages; got ${nameList(fields.map(({ name }) => name))}. ` +
      'Say which field is the text and which the label.',
  });
  return { ...finding, count: unread };
}

function nothingRead(leftOut: number): FoundFinding {
  const finding = makeFinding({
    id: 'nothing-read',
    severity: 'blocking',
    title: 'No line of the file could be read',
    detail:
      'Expected file to have JSONL format, where every line is a JSON dictionary. ' +
      `Got ${formatAmount(leftOut, 'line')} that are not; the first ones are listed with their reasons.`,
  });
  return { ...finding, count: leftOut };
}
