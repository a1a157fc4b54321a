/** What the form that maps fields offers, and the mapping that it makes of a person's choices. Pure. */
import type { DatasetVersion } from '../../../core/data/dataset';
import type { Task } from '../../../core/data/mapping';
import type { Mapping } from '../../../core/data/mapping';

/** Fields that may be chosen, those that fit first. */
export interface FieldChoices {
  text: string[];
  label: string[];
  together: string[];
  split: string[];
  /** How many at the beginning of each list fit by their content. */
  fitting: Readonly<Record<'text' | 'label' | 'together' | 'split', number>>;
  /** A few values of a field, for beside its name; empty where they are not known. */
  examples: ReadonlyMap<string, string>;
}

/** Every field of the file, by what it would be read as. Records of version 0.1 know only what they use and what not. */
export function choicesOf({ mapping, reading }: DatasetVersion): FieldChoices {
  const { textFields, targetField, unused } = mapping;
  const known = reading?.fields.map(({ name }) => name) ?? [];
  const all = [...new Set([...textFields, targetField, ...known, ...unused])].filter((name) => name !== '');
  const list = (first: readonly string[]): string[] => [...new Set([...first, ...all])];
  const offered = reading?.offered ?? { text: textFields, label: [targetField], together: [], split: [] };
  const examples = new Map(
    (reading?.fields ?? []).map(({ name, examples }) => [name, examples.filter((one) => one !== '').join(' · ')]),
  );
  const label = offered.label.filter((name) => name !== '');
  return {
    text: list(offered.text),
    label: list(label),
    together: list(offered.together),
    split: list(offered.split),
    fitting: {
      text: offered.text.length,
      label: label.length,
      together: offered.together.length,
      split: offered.split.length,
    },
    examples,
  };
}

/** At most `max` of the choices that hold every word of `query`, in their order, and how many there are. */
export function findChoices(
  choices: readonly string[],
  query: string,
  max: number,
): { shown: string[]; count: number } {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const shown: string[] = [];
  let count = 0;
  for (const choice of choices) {
    const name = choice.toLowerCase();
    if (!words.every((word) => name.includes(word))) continue;
    count += 1;
    if (shown.length < max) shown.push(choice);
  }
  return { shown, count };
}

/** What a person chose in the form. */
export interface Choice {
  texts: string[];
  target: string;
  together: string | null;
  split: string | null;
  task: Task;
}

/** What stands in the way of reading with this choice; null when nothing does. */
export function faultOf({ texts, target }: Choice, mapping: Mapping): string | null {
  if (texts.length === 0) return 'Choose a field for the text';
  if (target === '') return 'Choose a field for the label';
  const chat = mapping.format === 'chat' && texts[0] === mapping.textFields[0];
  return !chat && texts.includes(target) ? 'Text and label are the same field' : null;
}

/** The mapping to read the file with again: the choice over what the data set has now. */
export function mappingOf({ texts, target, together, split, task }: Choice, mapping: Mapping): Partial<Mapping> {
  const chat = mapping.format === 'chat' && texts.length === 1 && texts[0] === mapping.textFields[0];
  const sameTarget = target === mapping.targetField;
  return {
    ...keptOf(mapping),
    format: chat ? 'chat' : task === 'classification' ? 'text-label' : 'prompt-completion',
    textFields: texts,
    targetField: target,
    togetherField: together,
    splitField: split,
    labelFields: sameTarget ? (mapping.labelFields ?? []) : [],
    // Ranges and leaving out were chosen for the label that was.
    ...(sameTarget ? {} : { cuts: [], singleOnly: false }),
  };
}

/** What of a mapping goes along when the file is read again: all that was chosen, nothing that is told from the bytes. */
export function keptOf({
  container: _,
  unused: __,
  textEnd: ___,
  targetEnd: ____,
  ...chosen
}: Mapping): Partial<Mapping> {
  return chosen;
}
