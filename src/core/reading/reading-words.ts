/**
 * The words for everything that reading a file can come upon. Where rows are left out the finding is `repairable`, not
 * `blocking`: what is left can be trained, and whether that is enough is judged on its own (see few-rows).
 */
import type { Severity } from '../data/finding';
import { formatAmount } from '../words/numbers';

interface ReadingWords {
  severity: Severity;
  title: (count: number) => string;
  detail: string;
}

const JSONL = 'Expected file to have JSONL format, where every line is a JSON dictionary.';
const LEFT_OUT = 'Left out until repaired; the other rows are used.';

const rows = (rest: string) => (count: number) => `${formatAmount(count, 'row')} ${rest}`;
const lines = (rest: string) => (count: number) => `${formatAmount(count, 'line')} ${rest}`;

export const READING_WORDS = {
  // Left out.
  'not-json': {
    severity: 'repairable',
    title: (count) => (count === 1 ? '1 line is not JSON' : `${formatAmount(count, 'line')} are not JSON`),
    detail: `${JSONL} ${LEFT_OUT}`,
  },
  'not-a-dictionary': {
    severity: 'repairable',
    title: (count) =>
      count === 1 ? '1 row is not a dictionary' : `${formatAmount(count, 'row')} are not dictionaries`,
    detail: `${JSONL} ${LEFT_OUT}`,
  },
  'not-utf8': {
    severity: 'repairable',
    title: (count) => (count === 1 ? '1 line is not UTF-8' : `${formatAmount(count, 'line')} are not UTF-8`),
    detail:
      'Left out: their letters cannot be told for sure (UTF-8, UTF-16 and Windows-1252 are recognised). ' +
      'Save the file as UTF-8 and open it again.',
  },
  'too-long': {
    severity: 'repairable',
    title: (count) =>
      count === 1 ? '1 line is longer than 32 MB' : `${formatAmount(count, 'line')} are longer than 32 MB`,
    detail: 'Left out: such a line would fill the memory of the page. Split it into rows.',
  },
  'too-deep': { severity: 'repairable', title: rows('nested deeper than 64 levels'), detail: LEFT_OUT },
  'lone-surrogates': {
    severity: 'repairable',
    title: rows('with half a character (a lone surrogate)'),
    detail: `Such text cannot be saved as UTF-8, so it was cut in the middle of a character. ${LEFT_OUT}`,
  },
  'ragged-rows': {
    severity: 'repairable',
    title: rows('with another number of cells than the header'),
    detail: `A text that holds the delimiter must stand in double quotes. ${LEFT_OUT}`,
  },
  'missing-fields': {
    severity: 'repairable',
    title: rows('without a text, or without its label or answer'),
    detail: LEFT_OUT,
  },
  'wrong-type': { severity: 'repairable', title: rows('with a field of the wrong type'), detail: LEFT_OUT },
  'empty-rows': { severity: 'repairable', title: rows('with an empty text'), detail: LEFT_OUT },
  'multi-label': {
    severity: 'repairable',
    title: rows('with several labels'),
    detail: `Several labels for one text are not supported yet. ${LEFT_OUT}`,
  },
  'no-label-set': {
    severity: 'repairable',
    title: rows('with none of the labels set'),
    detail: `They belong to no label. ${LEFT_OUT}`,
  },
  'missing-words': {
    severity: 'repairable',
    title: rows('with "nan" or the like as label, which is likely a missing value'),
    detail: 'Programs write this where a label is missing. Left out; it can be kept as a label.',
  },
  'not-accepted': {
    severity: 'repairable',
    title: rows('that were rejected or passed over'),
    detail: 'A rejected label is not the label of its row. Left out; the accepted rows are used.',
  },
  missing_messages_list: {
    severity: 'repairable',
    title: (count) => `missing_messages_list: ${formatAmount(count, 'row')} without a list of messages`,
    detail: LEFT_OUT,
  },
  message_missing_key: {
    severity: 'repairable',
    title: (count) => `message_missing_key: ${formatAmount(count, 'row')} with a message without role or content`,
    detail: LEFT_OUT,
  },
  unrecognized_role: {
    severity: 'repairable',
    title: (count) => `unrecognized_role: ${formatAmount(count, 'row')} with an unknown role`,
    detail: LEFT_OUT,
  },
  missing_content: {
    severity: 'repairable',
    title: (count) => `missing_content: ${formatAmount(count, 'row')} with a message that is not text`,
    detail: LEFT_OUT,
  },
  example_missing_assistant_message: {
    severity: 'repairable',
    title: (count) => `example_missing_assistant_message: ${formatAmount(count, 'row')} without an answer to learn`,
    detail: LEFT_OUT,
  },
  example_missing_user_message: {
    severity: 'repairable',
    title: (count) => `${formatAmount(count, 'row')} without a user message`,
    detail: `There is no text that the answer belongs to. ${LEFT_OUT}`,
  },

  // Read, and said.
  bom: {
    severity: 'repairable',
    title: () => 'The file begins with a byte order mark',
    detail: 'Passed over on reading.',
  },
  'line-ends': {
    severity: 'repairable',
    title: lines('with Windows or old Mac line ends'),
    detail: 'Passed over on reading.',
  },
  'blank-lines': {
    severity: 'repairable',
    title: (n) => formatAmount(n, 'blank line'),
    detail: 'Passed over on reading.',
  },
  preamble: {
    severity: 'repairable',
    title: (count) => `${formatAmount(count, 'line')} before the table`,
    detail: 'A title, a comment or a word to the spreadsheet: passed over on reading. The table begins below.',
  },
  'repeated-header': {
    severity: 'repairable',
    title: (count) => (count === 1 ? '1 row repeats the header' : `${formatAmount(count, 'row')} repeat the header`),
    detail: 'Files were glued together. Passed over on reading.',
  },
  'stray-quotes': {
    severity: 'repairable',
    title: rows('with double quotes that are letters'),
    detail:
      "They do not enclose their cell as a table's quotes do, so they are kept in the text, and no line is joined by them.",
  },
  'backslash-quotes': {
    severity: 'repairable',
    title: rows('with double quotes written \\"'),
    detail: 'Read as double quotes.',
  },
  'table-in-text': {
    severity: 'warning',
    title: (count) =>
      count === 1
        ? '1 text holds a line like a row of this table'
        : `${formatAmount(count, 'text')} hold lines like rows of this table`,
    detail:
      'Double quotes enclose them, so each is read as one text. If rows are missing, a quote that is never closed has ' +
      'joined them: look at these lines.',
  },
  'unnamed-cells': {
    severity: 'warning',
    title: rows('with something in a column without a name'),
    detail:
      'These cells are not used. If they are the rest of a text that holds the delimiter, put that text in double quotes.',
  },
  'nan-values': {
    severity: 'repairable',
    title: rows('with NaN or Infinity'),
    detail: 'JSON has no such values. Read as missing.',
  },
  'file-end': {
    severity: 'repairable',
    title: () => 'The file ends inside a character',
    detail: 'It was cut off. What comes before is used.',
  },
  'trailing-commas': {
    severity: 'repairable',
    title: rows('with a comma before an end'),
    detail: 'JSON allows no comma there. Taken out on reading.',
  },
  'array-end': {
    severity: 'repairable',
    title: () => 'The JSON array is not closed, or there is text outside it',
    detail: 'The file may have been cut off. What stands inside the array is used.',
  },
  'key-case': {
    severity: 'repairable',
    title: rows('with a key in another spelling'),
    detail: 'Other tools would not find these keys. They are read as the same key.',
  },
  'extra-keys': {
    severity: 'repairable',
    title: rows('with extra keys'),
    detail: 'These fields are not used and not kept.',
  },
  message_unrecognized_key: {
    severity: 'repairable',
    title: (count) => `message_unrecognized_key: ${formatAmount(count, 'row')} with extra keys in messages`,
    detail: 'These keys are not used and not kept.',
  },
  'label-trimmed': {
    severity: 'repairable',
    title: rows('with blanks around the label or answer'),
    detail: 'Taken off on reading, so that they do not make labels of their own.',
  },
  'label-spellings': {
    severity: 'repairable',
    title: rows('with a label in a second spelling'),
    detail: 'One label was written in several ways, and is read as one. It can be undone.',
  },
  'legacy-marks': {
    severity: 'repairable',
    title: rows('with a separator or a stop word at the end'),
    detail: 'Old completion models wanted them, no model today does. Taken off on reading.',
  },
  'text-capped': {
    severity: 'warning',
    title: rows('longer than 100,000 characters'),
    detail: 'Cut at 100,000 characters; a model of this size reads far less of a text.',
  },
  'tool-calls': {
    severity: 'warning',
    title: rows('with tool calls'),
    detail: 'Tools are not trained. Only what the user wrote and the last answer in words are read.',
  },
  'tools-no-schema': {
    severity: 'warning',
    title: rows('with tools that are no JSON schema'),
    detail:
      'Expected {"type": "function", "function": {"name", "parameters"}}. Such tools are not told to the model; the rows are used.',
  },
  'chat-reduced': {
    severity: 'warning',
    title: rows('with system messages or several turns'),
    detail: 'The text is what the user wrote, the target the last answer; other messages are not read.',
  },
} as const satisfies Record<string, ReadingWords>;

export type ReadingNote = keyof typeof READING_WORDS;
