/**
 * Tells from the beginning of a file how its records stand in it: one JSON dictionary per line, one big array, objects
 * over several lines, an object that holds the rows somewhere inside, a table, or fastText's lines. The content
 * decides; the name only where the content leaves it open.
 */
import type { Container, Mapping } from '../data/mapping';
import { isFastTextLine } from './fasttext';
import { parseLenient, parsePrefix } from './json-prefix';
import { findShape, type JsonShape, listShape } from './json-shape';
import { JsonValueSplitter } from './json-values';
import { detectTable, plainTable, type TableLayout } from './table-layout';

/** How to cut and read a file. */
export interface Layout {
  container: Container;
  /** CSV and TSV only. */
  table: TableLayout | null;
  /** Where the rows stand in JSON, if not simply in a line or an array of dictionaries. */
  shape: JsonShape | null;
  /** Byte that ends a line: `\n`, or `\r` where that ends most. */
  separator: number;
  /** See JsonValueSplitter; null where a line that begins an object cannot be told from one inside it. */
  resyncIndent: number | null;
}

const LINE_FEED = 0x0a;
const RETURN = 0x0d;

/** The layout of a file that begins with `head`; `complete` when that is all of it. `mapping` is a person's choice. */
export function detectLayout(
  head: Uint8Array,
  complete: boolean,
  fileName: string,
  mapping?: Partial<Mapping> | undefined,
): Layout {
  const separator = findSeparator(head);
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(head);
  const lines = text.split(separator === LINE_FEED ? '\n' : '\r').map((line) => line.replace(/\r$/, ''));
  // What the head cuts off is no line yet.
  if ((!complete && lines.length > 1) || lines.at(-1) === '') lines.pop();
  const layout: Layout = { container: 'jsonl', table: null, shape: null, separator, resyncIndent: null };
  return (
    jsonLayout(layout, head, text, lines, complete, mapping) ??
    fastTextLayout(layout, lines) ??
    tableLayout(layout, lines, fileName, mapping) ??
    layout
  );
}

/** A return ends lines where more of them stand alone than before a line feed: old Macs, and Excel there until today. */
function findSeparator(head: Uint8Array): number {
  let feeds = 0;
  let lone = 0;
  for (const [i, byte] of head.entries()) {
    if (byte === LINE_FEED) feeds += 1;
    else if (byte === RETURN && i + 1 < head.length && head[i + 1] !== LINE_FEED) lone += 1;
  }
  return lone > feeds || (feeds === 0 && head.includes(RETURN)) ? RETURN : LINE_FEED;
}

function jsonLayout(
  layout: Layout,
  head: Uint8Array,
  text: string,
  lines: readonly string[],
  complete: boolean,
  mapping: Partial<Mapping> | undefined,
): Layout | null {
  const [first = '', second = ''] = lines.map((line) => line.trim()).filter((line) => line !== '');
  if (first.startsWith('[')) {
    if (/^\[\s*[^\s{[]/.test(first) && isJson(first) && second.startsWith('[')) {
      const rows = lines.map(parseLenient).filter((row) => row !== undefined);
      const shape = listShape(rows, mapping);
      return { ...layout, shape: shape?.lists === null ? null : shape };
    }
    const items = parsePrefix(text)?.value;
    const shape = Array.isArray(items) ? listShape(items, mapping) : null;
    const plain = shape === null || (shape.lists === null && shape.inner === null);
    return { ...layout, container: 'json-array', shape: plain ? null : shape, resyncIndent: findIndent(head, 'array') };
  }
  if (!first.startsWith('{')) return null;
  if (second !== '' && isJson(first.replace(/,$/, ''))) return layout;
  const prefix = parsePrefix(text);
  const alone = prefix !== null && (prefix.end < 0 || text.slice(prefix.end).trim() === '');
  const shape = alone && (prefix.end < 0 || complete) ? findShape(prefix.value, mapping) : null;
  if (shape !== null) {
    const container = shape.target === 'columns' ? 'json-columns' : 'json-wrapped';
    return { ...layout, container, shape, resyncIndent: null };
  }
  if (isJson(first.replace(/,$/, '')) || !(first === '{' || joinsToObject(head))) return layout;
  return { ...layout, container: 'json-objects', resyncIndent: findIndent(head, 'objects') };
}

function fastTextLayout(layout: Layout, lines: readonly string[]): Layout | null {
  const filled = lines.filter((line) => line.trim() !== '');
  const labelled = filled.filter(isFastTextLine).length;
  return labelled > 0 && labelled >= filled.length * 0.8 ? { ...layout, container: 'fasttext' } : null;
}

function tableLayout(
  layout: Layout,
  lines: readonly string[],
  fileName: string,
  mapping: Partial<Mapping> | undefined,
): Layout | null {
  // Said to be no table, whatever its commas look like.
  if (mapping?.container === 'jsonl') return null;
  const named = /\.(csv|tsv|tab)(\.gz)?$/i.test(fileName);
  // Lines of JSON with something else before them.
  if (!named && lines.some((line) => line.trim().startsWith('{'))) return null;
  const table = detectTable(lines, mapping) ?? (named ? plainTable(lines, mapping) : null);
  if (table === null) return null;
  return { ...layout, container: table.delimiter === '\t' ? 'tsv' : 'csv', table };
}

/** True when the first value of the file spans several lines and is JSON once they are joined. */
function joinsToObject(head: Uint8Array): boolean {
  const first = firstValue(head, 'objects');
  return first !== null && first.trim().includes('\n') && isJson(first);
}

/** Blanks before the first object, where every later line that begins like it begins an object too. */
function findIndent(head: Uint8Array, kind: 'array' | 'objects'): number | null {
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

function isJson(text: string): boolean {
  return parseLenient(text) !== undefined;
}
