/**
 * Other ways to read the same file, for a person to choose: import it again with the offer's task and mapping.
 */
import { formatCount } from '../formats/numbers';
import type { Layout } from './container';
import type { LabelCount, Task } from './dataset';
import { guessReading } from './field-census';
import type { Mapping, Reading } from './formats';
import { columnName } from './record-stream';
import type { RowCollector } from './row-collector';

export interface Offer {
  id: 'as-classification' | 'as-generation' | 'guess' | 'no-header';
  title: string;
  detail: string;
  /** Undefined: told from the rows. */
  task: Task | undefined;
  mapping: Partial<Mapping>;
}

interface OfferInput {
  task: Task;
  reading: Reading;
  targets: readonly LabelCount[];
  rows: number;
  layout: Layout;
  collector: RowCollector;
}

/** The offers for a file as it was read; empty where there is only one sensible reading. */
export function makeOffers({ task, reading, targets, rows, layout, collector }: OfferInput): Offer[] {
  if (reading.format === 'preference') return [];
  if (reading.format === 'unknown') return unknownOffers(layout, collector);
  const answers = formatCount(targets.length);
  if (task === 'classification') {
    const detail = `The ${answers} different answers are read as labels now.`;
    return [
      { id: 'as-generation', title: 'Read the labels as answers to write', detail, task: 'generation', mapping: {} },
    ];
  }
  if (targets.length < 2 || targets.length >= rows) return [];
  const detail = `There are ${answers} different answers in ${formatCount(rows)} rows.`;
  return [
    { id: 'as-classification', title: 'Read the answers as labels', detail, task: 'classification', mapping: {} },
  ];
}

function unknownOffers(layout: Layout, collector: RowCollector): Offer[] {
  const guess = guessReading(collector.sample);
  if (guess === null) return [];
  const [text = ''] = guess.textFields;
  const offers: Offer[] = [
    {
      id: 'guess',
      title: `Read "${text}" as text and "${guess.targetField}" as label`,
      detail: 'A guess: the longest field is the text, the one with the fewest different values the label.',
      task: undefined,
      mapping: guess,
    },
  ];
  if (layout.container !== 'csv' && layout.container !== 'tsv') return offers;
  const names = collector.census.list().map(({ name }) => name);
  const [textColumn, targetColumn] = [columnName(names.indexOf(text)), columnName(names.indexOf(guess.targetField))];
  offers.push({
    id: 'no-header',
    title: 'The first row is data, not column names',
    detail: `Reads ${textColumn} as text and ${targetColumn} as label, from the first row on.`,
    task: undefined,
    mapping: { format: 'text-label', textFields: [textColumn], targetField: targetColumn },
  });
  return offers;
}
