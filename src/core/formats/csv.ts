/**
 * Writes CSV that a spreadsheet opens without running any of it (RFC 4180, CRLF).
 * A text that a spreadsheet would take for a formula gets an apostrophe before it, as OWASP advises on CSV injection;
 * numbers are numbers and stay as they are.
 */

/** One cell; `null` is an empty one. */
export type CsvCell = string | number | boolean | null;

/** A cell as it stands in the file. */
export function csvCell(value: CsvCell): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
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
