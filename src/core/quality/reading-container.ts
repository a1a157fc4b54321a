/**
 * Findings about how the rows stood in the file: packed, written and cut in which way. Each says what was done about it.
 */
import type { Layout } from '../reading/container';
import type { Encoding } from '../data/reading-record';
import type { FileLayout } from '../reading/file-reading';
import type { Container } from '../data/mapping';
import type { JsonShape } from '../reading/json-shape';
import { nameList } from '../words/excerpt';
import { type FoundFinding, makeFinding } from '../data/finding';

const CONVERTED: Readonly<Record<Exclude<Container, 'jsonl'>, string>> = {
  'json-array': 'The file is one JSON array',
  'json-objects': 'The JSON objects span several lines',
  'json-wrapped': 'The rows stand inside a JSON object',
  'json-columns': 'The file is a JSON object of columns',
  csv: 'The file is a CSV table',
  tsv: 'The file is a table cut by tabs',
  fasttext: 'The file is in the format of fastText',
};

export const ENCODING_NAMES: Readonly<Record<Encoding, string>> = {
  'utf-8': 'UTF-8',
  'utf-16le': 'UTF-16 (little endian)',
  'utf-16be': 'UTF-16 (big endian)',
  'windows-1252': 'Windows-1252',
};

const DELIMITER_NAMES: Readonly<Record<string, string>> = {
  ',': 'commas',
  '\t': 'tabs',
  ';': 'semicolons',
  '|': 'vertical bars',
  '\u0001': 'control characters (U+0001)',
  '\u001f': 'unit separators (U+001F)',
};

/** What was done to get at the rows; empty for a plain JSONL file in UTF-8. */
export function containerFindings(layout: FileLayout): FoundFinding[] {
  const findings: FoundFinding[] = [];
  const { container, table, encoding } = layout;
  if (container !== 'jsonl') findings.push(converted(container, layout));
  if (layout.gzip)
    findings.push(said('gzip', 'The file is packed with gzip', 'Unpacked on reading; its checksum is right.'));
  if (encoding !== 'utf-8') {
    const detail = 'Recognised by its bytes and read as that. Export saves it as UTF-8.';
    findings.push(said('encoding', `The file is written in ${ENCODING_NAMES[encoding]}`, detail));
  }
  if (table?.headless === true || layout.shape?.lists?.headless === true) {
    const detail =
      'Its cells look like those below them, so columns are named by their place. If they are names, switch ' +
      '"The first row is data" off.';
    findings.push(said('headless', 'The first row is read as data, not as column names', detail));
  }
  if (table?.quoting === 'backslash') {
    const detail = 'Read as a double quote and a backslash. Export writes them as other tools expect.';
    findings.push(said('quotes-backslash', 'Double quotes are written \\" in this table', detail));
  }
  if (table !== null && table.empty.size > 0) {
    const detail = 'Passed over on reading, as a delimiter too many leaves them.';
    const title =
      table.empty.size === 1
        ? '1 column without name and values'
        : `${table.empty.size} columns without names and values`;
    findings.push(said('empty-columns', title, detail));
  }
  return findings;
}

function converted(container: Exclude<Container, 'jsonl'>, { table, shape }: Layout): FoundFinding {
  const lines =
    container.startsWith('json-') && container !== 'json-objects' ? ' Rows are numbered by their place in it.' : '';
  const delimiter = table?.delimiter ?? ',';
  const cut =
    delimiter === ',' || delimiter === '\t' ? '' : ` cut by ${DELIMITER_NAMES[delimiter] ?? `"${delimiter}"`}`;
  const way = shape === null ? '' : ` ${describeWay(shape)}`;
  const title = `${CONVERTED[container]}${cut}`;
  return said('converted', title, `Converted on reading; Export saves it as JSONL.${way}${lines}`);
}

/** Where in the JSON the rows were found. */
function describeWay(shape: JsonShape): string {
  const steps = shape.path.map((step) =>
    typeof step === 'string' ? `"${step}"` : step.any === 'part' ? 'each part' : 'each key',
  );
  const place = steps.length === 0 ? '' : ` under ${steps.join(' › ')}`;
  const inner = shape.inner === null ? '' : `, in "${shape.inner}" of each item`;
  const names = shape.lists?.names;
  const lists = shape.lists === null ? '' : names ? ` as lists, named by ${nameList(names)}` : ' as lists';
  const key =
    shape.keyField === 'split'
      ? ' The name of the part is kept as "split".'
      : shape.keyField === 'label'
        ? ' The key is the label of what stands under it.'
        : '';
  const what = shape.target === 'columns' ? 'Columns were found' : 'Rows were found';
  return place + inner + lists === '' ? `${key.trim()}` : `${what}${place}${inner}${lists}.${key}`;
}

function said(id: string, title: string, detail: string): FoundFinding {
  return makeFinding({ id, severity: 'repairable', title, detail });
}
