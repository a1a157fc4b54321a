/**
 * Other ways to read the same file, for a person to choose: import it again with the offer's task, and its mapping over
 * the one that is there.
 */
import { formatAmount, formatCount } from '../words/numbers';
import { nameList } from '../words/excerpt';
import type { LabelCount, Row } from '../data/dataset';
import type { Task } from '../data/mapping';
import type { Reading } from '../data/mapping';
import type { FieldInfo, Offer } from '../data/reading-record';
import type { Guess } from './guess';
import { isNumberLabel } from '../data/label-map';
import { isScale } from './label-values';
import { variantsOf } from './label-spellings';
import type { ReadingNotes } from './reading-notes';

interface OfferInput {
  task: Task;
  reading: Reading;
  guess: Guess;
  targets: readonly LabelCount[];
  rows: readonly Row[];
  fields: readonly FieldInfo[];
  notes: ReadingNotes;
  /** True where labels were written in one way that stood in several. */
  joined: boolean;
}

const MAX_OFFERS = 12;

/** The offers for a file as it was read, the runner-up first; empty where there is only one sensible reading. */
export function makeOffers(input: OfferInput): Offer[] {
  if (input.reading.format === 'preference') return [];
  const offers = [...pairs(input), ...aboutLabels(input), ...aboutTask(input)];
  return offers.slice(0, MAX_OFFERS);
}

function pairs({ guess, reading, fields }: OfferInput): Offer[] {
  const readings = [guess.reading, ...guess.others].filter(
    (one) => one.format !== 'unknown' && !samePair(one, reading),
  );
  return readings.map((one): Offer => {
    const { format, textFields, targetField, labelFields } = one;
    return {
      id: 'pair',
      title: titleOf(one, reading),
      detail: labelFields === undefined ? such(targetField, fields) : 'One field of 0 and 1 for every label.',
      task: undefined,
      mapping: { format, textFields, targetField, labelFields: labelFields ?? [] },
    };
  });
}

/** What another reading changes, in a few words. */
function titleOf({ format, textFields, targetField }: Reading, now: Reading): string {
  const role = format === 'text-label' ? 'label' : 'answer';
  if (textFields.join('\n') === now.textFields.join('\n')) return `Take ${nameList([targetField])} as the ${role}`;
  if (targetField === now.targetField)
    return `Take ${textFields.length === 1 ? 'only ' : ''}${nameList(textFields)} as the text`;
  return `Read ${nameList(textFields)} as text and ${nameList([targetField])} as ${role}`;
}

function samePair(a: Reading, b: Reading): boolean {
  return a.targetField === b.targetField && a.textFields.join('\n') === b.textFields.join('\n');
}

function such(name: string, fields: readonly FieldInfo[]): string {
  const examples = fields.find((field) => field.name === name)?.examples.filter((example) => example !== '') ?? [];
  return examples.length === 0 ? '' : `${nameList([name])} holds ${nameList(examples, 3)}.`;
}

function aboutLabels({ reading, targets, rows, notes, joined, task }: OfferInput): Offer[] {
  if (task !== 'classification' || reading.format === 'unknown') return [];
  const offers: Offer[] = [];
  const several = notes.count('multi-label') + notes.count('no-label-set');
  if (several > 0 && rows.length > 0 && reading.singleOnly !== true) {
    offers.push({
      id: 'single-only',
      title: `Use the ${formatAmount(rows.length, 'row')} with exactly one label`,
      detail: `The other ${formatAmount(several, 'row')} stay out: several labels for one text are not supported yet.`,
      task: 'classification',
      mapping: { singleOnly: true },
    });
  }
  if (
    isScale(
      targets.map(({ label }) => label),
      rows.length,
    )
  ) {
    const cuts = thirds(rows);
    offers.push({
      id: 'ranges',
      title: `Make ${formatCount(cuts.length + 1)} labels of the numbers: low, middle, high`,
      detail: `Cut at ${cuts.join(' and ')}, so that each has about as many rows.`,
      task: 'classification',
      mapping: { cuts },
    });
  }
  if (joined) {
    const detail = 'As the file has them; a number or a case in two spellings is two labels then.';
    offers.push({
      id: 'keep-spellings',
      title: 'Keep the spellings apart',
      detail,
      task,
      mapping: { spellings: 'keep' },
    });
  }
  const variants = variantsOf(targets);
  if (variants.size > 0 && reading.spellings !== 'join') {
    const [[variant, main] = ['', '']] = variants;
    offers.push({
      id: 'join-spellings',
      title: `Join ${formatAmount(variants.size, 'label')} that differ only in case, spaces or letters that look alike`,
      detail: `${nameList([variant])} becomes ${nameList([main])}${variants.size > 1 ? ', and so on' : ''}.`,
      task,
      mapping: { spellings: 'join' },
    });
  }
  const missing = notes.count('missing-words');
  if (missing > 0) {
    const title = `Keep ${formatAmount(missing, 'row')} with "nan" or the like as a label`;
    const detail = 'They are left out now: programs write this where a value is missing.';
    offers.push({ id: 'missing-as-labels', title, detail, task, mapping: { missingAsLabels: true } });
  }
  if (notes.count('not-accepted') > 0) {
    const title = 'Use all rows, whatever was decided about them';
    const detail = `${nameList([reading.decisionField ?? ''])} is not looked at then.`;
    offers.push({ id: 'all-decisions', title, detail, task, mapping: { decisionField: null } });
  }
  return offers;
}

/** Two numbers that cut the rows into three parts of about the same size. */
function thirds(rows: readonly Row[]): number[] {
  const numbers = rows
    .map(({ target }) => target)
    .filter(isNumberLabel)
    .map(Number);
  numbers.sort((a, b) => a - b);
  const at = (share: number): number => numbers[Math.floor(numbers.length * share)] ?? 0;
  return [...new Set([at(1 / 3), at(2 / 3)])];
}

function aboutTask({ task, reading, targets, rows }: OfferInput): Offer[] {
  const [path = ''] = reading.textFields;
  const offers: Offer[] = [];
  if (reading.format === 'chat' && reading.targetField !== path) {
    const detail = 'What the assistant says last is the label or the answer, as it stands.';
    offers.push({
      id: 'whole-answer',
      title: 'Read the whole answer',
      detail,
      task: undefined,
      mapping: { targetField: path },
    });
  }
  if (reading.format === 'unknown') return offers;
  const answers = formatCount(targets.length);
  if (task === 'classification') {
    if (reading.format === 'text-label') return offers;
    const detail = `The ${answers} different answers are read as labels now.`;
    offers.push({
      id: 'as-generation',
      title: 'Read the labels as answers to write',
      detail,
      task: 'generation',
      mapping: {},
    });
  } else if (targets.length >= 2 && targets.length < rows.length) {
    const detail = `There are ${answers} different answers in ${formatCount(rows.length)} rows.`;
    offers.push({
      id: 'as-classification',
      title: 'Read the answers as labels',
      detail,
      task: 'classification',
      mapping: {},
    });
  }
  return offers;
}
