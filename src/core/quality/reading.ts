/**
 * Findings about the file as a whole: how it was converted, and what no repair of single rows can help.
 */
import type { Layout } from '../data/container';
import { type FieldInfo, unusedFields } from '../data/field-census';
import type { Container, Reading } from '../data/formats';
import type { ReadingNotes } from '../data/reading-notes';
import { formatAmount } from '../formats/numbers';
import { nameList } from './excerpt';
import { type Finding, makeFinding } from './finding';

/** Above this share of rows with several labels the file is of another task, which no leaving out can hide. */
const MULTI_LABEL_SHARE = 0.1;

const CONVERTED: Readonly<Record<Exclude<Container, 'jsonl'>, string>> = {
  'json-array': 'The file is one JSON array',
  'json-objects': 'The JSON objects span several lines',
  csv: 'The file is a CSV table',
  tsv: 'The file is a table cut by tabs',
};

/** What was noted while reading, and what it means for the file. `unread` counts records that no reading fits, `rows` those used. */
export function readingFindings(
  notes: ReadingNotes,
  layout: Layout,
  reading: Reading,
  fields: readonly FieldInfo[],
  unread: number,
  rows: number,
): Finding[] {
  const extra = unusedFields(fields, reading);
  const findings = notes.findings().map((finding): Finding => {
    if (finding.id === 'extra-keys' && extra.length > 0) {
      return { ...finding, title: `Extra keys are not used: ${nameList(extra)}` };
    }
    const otherTask = finding.id === 'multi-label' && finding.count > (rows + finding.count) * MULTI_LABEL_SHARE;
    return otherTask ? { ...finding, severity: 'blocking' } : finding;
  });
  if (layout.container !== 'jsonl') findings.unshift(converted(layout.container));
  if (reading.format === 'preference') findings.push(preference(unread));
  if (reading.format === 'unknown' && unread > 0) findings.push(noKnownKeys(fields, unread));
  if (reading.format === 'unknown' && unread === 0) findings.push(nothingRead(notes.leftOut));
  return findings;
}

function converted(container: Exclude<Container, 'jsonl'>): Finding {
  const lines = container === 'json-array' ? ' Rows are numbered by their place in the array.' : '';
  return makeFinding({
    id: 'converted',
    severity: 'repairable',
    title: CONVERTED[container],
    detail: `Converted on reading; Export saves it as JSONL.${lines}`,
  });
}

function preference(unread: number): Finding {
  const finding = makeFinding({
    id: 'preference',
    severity: 'blocking',
    title: 'This is a preference set, which is not supported',
    detail: 'It pairs a better with a worse answer. Bring one answer per prompt, or a text and its label.',
  });
  return { ...finding, count: unread };
}

function noKnownKeys(fields: readonly FieldInfo[], unread: number): Finding {
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

function nothingRead(leftOut: number): Finding {
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
