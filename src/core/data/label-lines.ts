/**
 * Many descriptions at once, as a person pastes them: «label: what it means», with a tab between as tables are copied, or
 * descriptions alone in the order of the list.
 */
import type { LabelDescriptions } from './label-descriptions';

export interface LabelLines {
  /** What the lines say, by label. */
  descriptions: LabelDescriptions;
  /** Lines that no label could be found for. */
  unplaced: string[];
}

/**
 * Reads pasted lines. Where most begin with a label, each goes to its label, whatever the case; otherwise they fill the
 * list downward from `start`, in the `order` that is in sight. The last line of a label that is named twice holds.
 */
export function readLabelLines(
  text: string,
  labels: readonly string[],
  start: string,
  order: readonly string[] = labels,
): LabelLines {
  const lines = text.split(/\r\n?|\n/u).filter((line) => line.trim() !== '');
  const named = lines.map((line) => nameIn(line, labels));
  const found = named.filter((one) => one !== null);
  if (found.length * 2 > lines.length) {
    const descriptions = Object.fromEntries(found.map(({ label, rest }) => [label, rest]));
    return { descriptions, unplaced: lines.filter((_, i) => named[i] === null) };
  }
  const below = order.slice(Math.max(0, order.indexOf(start)));
  const placed = lines.slice(0, below.length).map((line, i): [string, string] => [below[i] ?? '', line]);
  return { descriptions: Object.fromEntries(placed), unplaced: lines.slice(below.length) };
}

/** The same lines again, for elsewhere. */
export function writeLabelLines(labels: readonly string[], describe: (label: string) => string): string {
  return labels.map((label) => `${label}\t${describe(label)}\n`).join('');
}

/** The label that a line begins with, and what follows its tab, colon, equals sign or dash. */
function nameIn(line: string, labels: readonly string[]): { label: string; rest: string } | null {
  const tab = line.indexOf('\t');
  const starts = tab >= 0 ? [tab] : Array.from(line.matchAll(/[:=]|\s[-–—]\s/gu), ({ index }) => index);
  for (const at of starts) {
    const name = unquoted(line.slice(0, at));
    const label = labels.find((one) => one === name) ?? labels.find((one) => fold(one) === fold(name));
    if (label !== undefined) return { label, rest: unquoted(line.slice(at).replace(/^\t|^[:=]|^\s[-–—]\s/u, '')) };
  }
  return null;
}

function unquoted(part: string): string {
  const trimmed = part.trim();
  return /^".*"$/u.test(trimmed) ? trimmed.slice(1, -1).replaceAll('""', '"') : trimmed;
}

function fold(label: string): string {
  return label.trim().toLowerCase();
}
