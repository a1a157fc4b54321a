/**
 * Tells from the first lines of a table how it is cut: delimiter, dialect of quotes, lines before the header, whether
 * there is a header, and columns that are none. The content decides; a person's choice of the header wins.
 */
import { CsvReader, type Quoting } from './csv';
import type { Mapping } from '../data/mapping';
import { countKnown, labelsOf, looksHeadless, looksLikeNames } from './table-header';

export interface TableLayout {
  delimiter: string;
  quoting: Quoting;
  /** Lines before the header or the first row: titles, comments, `sep=;`. */
  preamble: number;
  /** The first row is data, and columns are named by their place. */
  headless: boolean;
  /** Cells of a row. */
  columns: number;
  /** The header names all columns but the first, as R writes row names. */
  shifted: boolean;
  /** Columns without name and without values. */
  empty: ReadonlySet<number>;
  /** Per column its labels as far as seen, see CsvOptions. */
  labels: readonly ReadonlySet<string>[];
  /** Share of the records at the beginning that have `columns` cells. */
  evenness: number;
}

const USUAL = [',', '\t', ';', '|'];
/** Taken only where they cut every line of several evenly, and nothing usual does. */
const UNUSUAL = ['\u0001', '\u001f', '||', '::', '|||', '^', '~', '¦', '§', '#', ':'];
const MAX_RECORDS = 500;
const MAX_PREAMBLE_LINES = 50;
const LEAST_EVEN = { usual: 0.5, unusual: 0.95 };

interface HeadRecord {
  line: number;
  cells: string[];
}

/** What one delimiter and dialect make of the first lines. */
interface Cut {
  delimiter: string;
  quoting: Quoting;
  records: HeadRecord[];
  /** The most frequent number of cells. */
  columns: number;
  fitting: number;
  stray: number;
}

/** The table that `lines` (without line ends) begin, or null where nothing cuts them into columns. */
export function detectTable(lines: readonly string[], mapping: Partial<Mapping> | undefined): TableLayout | null {
  const told = toldDelimiter(lines[0] ?? '');
  const rows = told === null ? lines : lines.slice(1);
  const skipped = lines.length - rows.length;
  let best: { layout: TableLayout; score: number } | null = null;
  for (const delimiter of told === null ? [...USUAL, ...UNUSUAL] : [told]) {
    const usual = told !== null || USUAL.includes(delimiter);
    const cut = bestDialect(rows, delimiter);
    if (cut.columns < 2 && told === null) continue;
    const { layout, known } = describe(cut, skipped, mapping);
    const least = usual ? LEAST_EVEN.usual : LEAST_EVEN.unusual;
    if (layout.evenness < least && known === 0) continue;
    if (!usual && cut.fitting < 3) continue;
    const score = known * 100 + layout.evenness * 10 + Math.min(layout.columns, 5) / 10 - (usual ? 0 : 3);
    if (best === null || score > best.score) best = { layout, score };
  }
  return best?.layout ?? null;
}

/** A table of one column, or of whatever stands between commas. */
export function plainTable(lines: readonly string[], mapping: Partial<Mapping> | undefined): TableLayout {
  return describe(cutWith(lines, ',', 'doubled'), 0, mapping).layout;
}

/** The delimiter of a first line «sep=;», by which spreadsheets are told. */
function toldDelimiter(line: string): string | null {
  return /^"?sep=(.{1,3}?)"?$/i.exec(line)?.[1] ?? null;
}

function bestDialect(lines: readonly string[], delimiter: string): Cut {
  const doubled = cutWith(lines, delimiter, 'doubled');
  if (!lines.some((line) => line.includes('\\"'))) return doubled;
  const backslash = cutWith(lines, delimiter, 'backslash');
  const better = backslash.fitting - doubled.fitting || doubled.stray - backslash.stray;
  return better > 0 ? backslash : doubled;
}

function cutWith(lines: readonly string[], delimiter: string, quoting: Quoting): Cut {
  const first = read(lines, delimiter, quoting, 0, []);
  const columns = usualCount(first.records);
  // Read once more, now that rows can be told from texts that hold line breaks.
  const labels = labelsOf(plainRecords(first.records, lines, delimiter, columns), columns);
  const { records, stray } = read(lines, delimiter, quoting, columns, labels);
  const fitting = records.filter(({ cells }) => cells.length === columns).length;
  return { delimiter, quoting, records, columns, fitting, stray };
}

function read(
  lines: readonly string[],
  delimiter: string,
  quoting: Quoting,
  columns: number,
  labels: readonly ReadonlySet<string>[],
): { records: HeadRecord[]; stray: number } {
  const records: HeadRecord[] = [];
  let stray = 0;
  const reader = new CsvReader(
    {
      cells: (cells, line) => records.push({ cells, line }),
      blank: () => undefined,
      fault: () => undefined,
      odd: (what) => (stray += what === 'table-in-text' ? 0 : 1),
    },
    { delimiter, quoting, columns, labels },
  );
  for (const [i, line] of lines.slice(0, MAX_RECORDS).entries()) reader.push(line, i + 1);
  reader.end();
  return { records, stray };
}

/** Records that no quote can have joined; all where most lines hold quotes. */
function plainRecords(
  records: readonly HeadRecord[],
  lines: readonly string[],
  delimiter: string,
  columns: number,
): string[][] {
  const plain = lines
    .slice(0, MAX_RECORDS)
    .filter((line) => !line.includes('"'))
    .map((line) => line.split(delimiter))
    .filter(({ length }) => length === columns);
  return plain.length >= records.length / 2 ? plain : records.map(({ cells }) => cells);
}

/** The number of cells that most records have; the larger of two. */
function usualCount(records: readonly HeadRecord[]): number {
  const counts = new Map<number, number>();
  for (const { cells } of records) if (cells.length > 1) counts.set(cells.length, (counts.get(cells.length) ?? 0) + 1);
  const [usual] = [...counts].sort((a, b) => b[1] - a[1] || b[0] - a[0]);
  return usual?.[0] ?? 1;
}

/** The layout under one cut, and how many known names its header has. */
function describe(
  cut: Cut,
  skipped: number,
  mapping: Partial<Mapping> | undefined,
): { layout: TableLayout; known: number } {
  const { records, delimiter, quoting } = cut;
  const head = findHead(cut);
  const header = records[head.index]?.cells ?? [];
  const below = records.slice(head.index + 1).map(({ cells }) => cells);
  const fitting = below.filter((cells) => fits(cells, head.columns));
  const headless =
    mapping?.headless ?? (namesPlaces(header, mapping) || (!head.certain && looksHeadless(header, fitting)));
  const body = headless ? [header, ...below] : below;
  const named = (i: number): boolean => !headless && (header[head.shifted ? i - 1 : i] ?? '').trim() !== '';
  const empty = new Set<number>();
  for (let i = 0; i < head.columns; i++) {
    if (!named(i) && body.length > 0 && body.every((cells) => (cells[i] ?? '').trim() === '')) empty.add(i);
  }
  const layout: TableLayout = {
    delimiter,
    quoting,
    preamble: skipped + (records[head.index]?.line ?? 1) - 1,
    headless,
    columns: head.columns,
    shifted: head.shifted && !headless,
    empty,
    labels: labelsOf(headless ? [header, ...fitting] : fitting, head.columns),
    evenness: below.length === 0 ? 1 : fitting.length / below.length,
  };
  return { layout, known: headless ? 0 : countKnown(header) };
}

interface Head {
  /** Place of the header, or of the first row, among the records. */
  index: number;
  columns: number;
  shifted: boolean;
  /** The row was told to be a header by its place or its names. */
  certain: boolean;
}

/** Passes over what stands before the table: records with another number of cells, comments, a title row with a gap. */
function findHead({ records, columns }: Cut): Head {
  const most = Math.min(records.length / 2, MAX_PREAMBLE_LINES);
  const first = records.findIndex(({ cells }) => cells.length === columns);
  if (first < 0 || first > most)
    return { index: 0, columns: records[0]?.cells.length ?? 1, shifted: false, certain: false };
  const before = records[first - 1]?.cells;
  const below = records.slice(first).map(({ cells }) => cells);
  if (before !== undefined && before.length > 1 && before.length < columns && looksLikeNames(before)) {
    const rowNames = before.length === columns - 1 && below.every(([name = '']) => /^\d+$/.test(name.trim()));
    if (rowNames) return { index: first - 1, columns, shifted: true, certain: true };
    const blank = below.every((cells) => cells.slice(before.length).every((cell) => cell.trim() === ''));
    if (blank || countKnown(before) > 0)
      return { index: first - 1, columns: before.length, shifted: false, certain: true };
  }
  // A title that happens to have as many cells: behind a gap stands a row of known names.
  for (let i = first + 1; i < Math.min(records.length - 1, first + 10); i++) {
    const record = records[i];
    if (record === undefined || record.cells.length !== columns || countKnown(record.cells) === 0) continue;
    const gap = record.line > (records[i - 1]?.line ?? 0) + 1 || records[i - 1]?.cells.length !== columns;
    const comment = records[i - 1]?.cells[0]?.startsWith('#') === true;
    if ((gap || comment) && looksLikeNames(record.cells)) return { index: i, columns, shifted: false, certain: true };
  }
  return { index: first, columns, shifted: false, certain: false };
}

function fits(cells: readonly string[], columns: number): boolean {
  return (
    cells.length === columns || (cells.length > columns && cells.slice(columns).every((cell) => cell.trim() === ''))
  );
}

/** The name of a column in a table whose first row is data already. */
export function columnName(index: number): string {
  return `column ${index + 1}`;
}

/** True where a person mapped columns by their place, and no column bears such a name. */
function namesPlaces(header: readonly string[], mapping: Partial<Mapping> | undefined): boolean {
  const names = [...(mapping?.textFields ?? []), ...(mapping?.targetField === undefined ? [] : [mapping.targetField])];
  return names.some((name) => /^column \d+$/.test(name) && !header.some((cell) => cell.trim() === name));
}
