/**
 * Tells from the beginning of a file how its records stand in it: one JSON dictionary per line, one big array, objects
 * over several lines, or a table. The content decides; the name only where the content leaves it open.
 */
import { CsvReader } from './csv';
import { foldName, isKnownField } from './field-names';
import type { Container } from './formats';
import { JsonValueSplitter } from './json-values';

/** How to cut and read a file. */
export interface Layout {
  container: Container;
  /** CSV and TSV only. */
  delimiter: string;
  /** Byte that ends a line: `\n`, or `\r` in a file that knows no other. */
  separator: number;
  /** See JsonValueSplitter; null where a line that begins an object cannot be told from one inside it. */
  resyncIndent: number | null;
}

const DELIMITERS = [',', '\t', ';', '|'];
const HEAD_RECORDS = 20;

/** The layout of a file that begins with `head`; `complete` when that is all of it. `forced` is a person's choice. */
export function detectLayout(
  head: Uint8Array,
  complete: boolean,
  fileName: string,
  forced?: Container | undefined,
): Layout {
  const separator = head.includes(0x0a) || !head.includes(0x0d) ? 0x0a : 0x0d;
  const text = new TextDecoder().decode(head);
  const lines = text.split(separator === 0x0a ? '\n' : '\r').map((line) => line.trim());
  if (!complete && lines.length > 1) lines.pop();
  const filled = lines.filter((line) => line !== '');
  const container = forced ?? guessContainer(text, filled, fileName);
  const isTable = container === 'csv' || container === 'tsv';
  return {
    container,
    delimiter: container === 'tsv' ? '\t' : isTable ? bestDelimiter(filled).delimiter : '',
    separator,
    resyncIndent: container === 'jsonl' || isTable ? null : findIndent(head, container),
  };
}

function guessContainer(text: string, lines: readonly string[], fileName: string): Container {
  const [first = '', second = ''] = lines;
  if (first.startsWith('['))
    return /^\[\s*[^\s{]/.test(first) && isJson(first) && second.startsWith('[') ? 'jsonl' : 'json-array';
  if (first.startsWith('{')) {
    if (isJson(first.replace(/,$/, ''))) return 'jsonl';
    return first === '{' || joinsToObject(text) ? 'json-objects' : 'jsonl';
  }
  const named = /\.(csv|tsv|tab)$/i.test(fileName);
  if (!named && lines.some((line) => line.startsWith('{'))) return 'jsonl';
  const table = bestDelimiter(lines);
  if (!named && table.columns < 2) return 'jsonl';
  return table.delimiter === '\t' ? 'tsv' : 'csv';
}

/** True when the first value of `text` spans several lines and is JSON once they are joined. */
function joinsToObject(text: string): boolean {
  const first = firstValue(new TextEncoder().encode(text), 'objects');
  return first !== null && first.trim().includes('\n') && isJson(first);
}

/** Blanks before the first object, where every later line that begins like it begins an object too. */
function findIndent(head: Uint8Array, container: Container): number | null {
  const kind = container === 'json-array' ? 'array' : 'objects';
  const first = firstValue(head, kind);
  const text = new TextDecoder().decode(head);
  if (first === null || !first.startsWith('{')) return null;
  const start = text.indexOf(first);
  const before = /(^|\n)([ \t]*)$/.exec(text.slice(0, start))?.[2];
  if (before === undefined) return null;
  return first.split('\n').some((line, i) => i > 0 && line.startsWith(`${before}{`)) ? null : before.length;
}

function firstValue(head: Uint8Array, kind: 'array' | 'objects'): string | null {
  let first: string | null = null;
  const splitter = new JsonValueSplitter((piece) => (first ??= new TextDecoder().decode(piece.bytes)), { kind });
  splitter.push(head);
  return first;
}

/** The delimiter that cuts the first records most evenly; one that gives known column names wins. */
function bestDelimiter(lines: readonly string[]): { delimiter: string; columns: number } {
  let best = { delimiter: ',', columns: 1, score: 0 };
  for (const delimiter of DELIMITERS) {
    const records: string[][] = [];
    const reader = new CsvReader(delimiter, {
      cells: (cells) => records.push(cells),
      blank: () => undefined,
      fault: () => undefined,
    });
    for (const [i, line] of lines.slice(0, HEAD_RECORDS).entries()) reader.push(line, i + 1);
    const header = records[0] ?? [];
    if (header.length < 2) continue;
    const even = records.filter((record) => record.length === header.length).length / records.length;
    const known = header.filter((name) => isKnownField(foldName(name))).length;
    const score = known * 100 + even * 10 + Math.min(header.length, 5) / 10;
    if (score > best.score) best = { delimiter, columns: header.length, score };
  }
  return best;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
