/**
 * fastText's own format: `__label__billing __label__urgent the text of the row`, labels wherever they stand.
 */
import type { DataRecord } from './field-names';

const PREFIX = '__label__';

/** True for a line with at least one label and something else beside. */
export function isFastTextLine(line: string): boolean {
  return /(^|\s)__label__\S/.test(line);
}

/** The record of a line: `label` is a text, or a list where there are several; it is missing where there is none. */
export function readFastText(line: string): DataRecord {
  const labels: string[] = [];
  const words: string[] = [];
  for (const word of line.trim().split(/(\s+)/)) {
    if (word.startsWith(PREFIX) && word.length > PREFIX.length) labels.push(word.slice(PREFIX.length));
    else words.push(word);
  }
  // Some write «__label__a , text».
  const text = words.join('').trim().replace(/^,\s+/, '');
  const [label] = labels;
  if (label === undefined) return { text };
  return { label: labels.length === 1 ? label : labels, text };
}
