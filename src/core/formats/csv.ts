/**
 * Writes CSV that a spreadsheet opens without running any of it (RFC 4180, CRLF).
 * A text that a spreadsheet would take for a formula gets an apostrophe before it, as OWASP advises on CSV injection.
 * Numbers stay as they are, those in a text too: a label «-1» must come back as «-1», and no number runs anything.
 */

/** One cell; `null` is an empty one. */
export type CsvCell = string | number | boolean | null;

/** How a formula begins, the full-width signs of East Asian keyboards among them. */
const RUNS = /^[=+\-@\t\r\n＝＋－＠]/;
/** A signed number alone: «-1», «+1», «-3.5e2», «-1,5». Two of them, as in «-2+3», are a formula. */
const NUMBER = /^[+-](\d+([.,]\d+)*|[.,]\d+)(e[+-]?\d+)?$/i;

/** A cell as it stands in the file. */
export function csvCell(value: CsvCell): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const safe = RUNS.test(value) && !NUMBER.test(value) ? `'${value}` : value;
  return /[",\r\n\t]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** One row with its line end. */
export function csvLine(cells: readonly CsvCell[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

/** A header and its rows as one text. */
export function toCsv(header: readonly string[], rows: Iterable<readonly CsvCell[]>): string {
  let text = csvLine(header);
  for (const row of rows) text += csvLine(row);
  return text;
}
