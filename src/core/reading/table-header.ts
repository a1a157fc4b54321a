/**
 * Tells by content whether the first row of a table holds names or data, and which values of a column are labels.
 * A person's choice always wins (see Mapping.headless); this is only the guess before it.
 */
import { foldName, isKnownField } from './field-names';

/** Longer cells are not names and not labels. */
const LONGEST_LABEL = 60;

/** True where `first` looks like data of the same kind as the rows below it. */
export function looksHeadless(first: readonly string[], below: readonly (readonly string[])[]): boolean {
  const cells = first.map((cell) => cell.trim());
  if (below.length === 0 || isNumbering(cells)) return false;
  const columns = cells.map((_, i) => below.map((row) => (row[i] ?? '').trim()).filter((cell) => cell !== ''));
  // A value that stands again further down its column is a value, whatever the word.
  const repeats = cells.some((cell, i) => cell !== '' && columns[i]?.includes(cell) === true);
  const glued = below.some((row) => row.length === first.length && row.every((cell, i) => cell.trim() === cells[i]));
  if (repeats && !glued) return true;
  if (countKnown(cells) > 0) return false;
  if (cells.some(isFigure)) return true;
  // Words like those below them: a sentence above sentences.
  return cells.some((cell, i) => {
    const lengths = (columns[i] ?? []).map(countWords).sort((a, b) => a - b);
    const usual = lengths[lengths.length >> 1] ?? 0;
    const shortest = lengths[Math.floor(lengths.length / 10)] ?? 0;
    return usual >= 4 && countWords(cell) >= Math.max(4, shortest);
  });
}

/** How many of the cells are names that some format uses. */
export function countKnown(cells: readonly string[]): number {
  return cells.filter((cell) => isKnownField(foldName(cell))).length;
}

/** True for cells that can all be names: short, not figures, no two alike. */
export function looksLikeNames(cells: readonly string[]): boolean {
  const names = cells.map((cell) => cell.trim()).filter((cell) => cell !== '');
  const distinct = new Set(names).size === names.length;
  return (
    distinct &&
    names.length > 0 &&
    names.every((name) => countWords(name) <= 4 && name.length <= LONGEST_LABEL && !isFigure(name))
  );
}

/** Per column, the values that stand there often: short, and few against the rows. */
export function labelsOf(rows: readonly (readonly string[])[], columns: number): ReadonlySet<string>[] {
  return Array.from({ length: columns }, (_, i) => {
    const counts = new Map<string, number>();
    for (const row of rows) {
      const cell = (row[i] ?? '').trim();
      if (cell !== '' && cell.length <= LONGEST_LABEL) counts.set(cell, (counts.get(cell) ?? 0) + 1);
    }
    const often = [...counts].filter(([, count]) => count > 1);
    const covered = often.reduce((sum, [, count]) => sum + count, 0);
    return new Set(covered >= rows.length / 2 ? often.map(([value]) => value) : []);
  });
}

/** `0, 1, 2` or `,0,1`: the names that a data frame without names is written with. */
function isNumbering(cells: readonly string[]): boolean {
  const rest = cells[0] === '' ? cells.slice(1) : cells;
  return rest.length > 1 && rest.every((cell, i) => cell === String(i));
}

/** A number, a date or time, an address: what stands in rows and is nobody's column name. */
function isFigure(cell: string): boolean {
  return (
    /^[-+]?[\d.,]*\d\s*%?$/.test(cell) ||
    /^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T].*)?$/.test(cell) ||
    /^(https?:\/\/\S+|[^\s@]+@[^\s@]+\.[a-z]{2,})$/i.test(cell)
  );
}

function countWords(text: string): number {
  return text === '' ? 0 : text.split(/\s+/).length;
}
