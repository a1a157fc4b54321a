/**
 * Tells from the beginning of a JSON value where the rows stand in it: in an array under some key (an export, an
 * answer of a server), in parts (train, test), in columns, by index, or as lists under a row of names.
 * Only what holds several rows is a shape; a single record, a chat among them, is none.
 */
import { isRecord } from './chat';
import { type DataRecord, foldName, isKnownField } from './field-names';
import type { Mapping } from '../data/mapping';
import { looksHeadless } from './table-header';

/** One step inwards: a key by name, any key that names a part of a set, or any key at all. */
export type Step = string | { any: 'part' | 'key' };

/** Where rows stand in a JSON value, from the outside in. */
export interface JsonShape {
  path: readonly Step[];
  /** What stands at the end of the path: a list of rows, one row, or a table in columns. */
  target: 'rows' | 'row' | 'columns';
  /** The field that gets the name of the key at the last `any` step; null where that says nothing. */
  keyField: 'split' | 'label' | null;
  /** Key of each item that holds the record, as in `rows[].row`. */
  inner: string | null;
  /** Rows are lists. `names` are given beside them; null: the first list holds them, unless `headless`. */
  lists: { names: readonly string[] | null; headless: boolean } | null;
  /** Rows are texts, each under its label. */
  texts: boolean;
}

const PARTS: ReadonlySet<string> = new Set(
  'train training validation valid val dev development eval test testing held_out heldout'.split(' '),
);
/** Where servers and tools put what they were asked for; the first that is there wins. */
const WRAPPERS = 'data rows examples items records results entries documents samples dataset hits value result'.split(
  ' ',
);
/** Keys of an item that hold the record itself. */
const INNER = ['row', '_source', 'node'];
const MAX_LEVELS = 4;

const PLAIN: JsonShape = { path: [], target: 'rows', keyField: null, inner: null, lists: null, texts: false };

/** True for the name of a part: `train`, `Test`, `validation_set`. */
export function isPartName(name: string): boolean {
  return PARTS.has(foldName(name).replace(/_(set|data|split|examples)$/, ''));
}

/** The shape of a value, as far as its beginning shows it; null where it holds no rows or is one. */
export function findShape(value: unknown, mapping: Partial<Mapping> | undefined, levels = 0): JsonShape | null {
  if (Array.isArray(value)) return listShape(value, mapping);
  if (!isRecord(value) || levels >= MAX_LEVELS) return null;
  return (
    splitOriented(value) ??
    inParts(value, mapping, levels) ??
    columnsOrIndex(value) ??
    underClasses(value) ??
    wrapped(value, mapping, levels)
  );
}

/** A list of rows: dictionaries, or lists of cells. */
export function listShape(items: readonly unknown[], mapping: Partial<Mapping> | undefined): JsonShape | null {
  const [first] = items;
  if (isRecord(first)) {
    if (items.some(isMessage)) return null;
    const inner = INNER.find((key) => isRecord(first[key])) ?? null;
    return { ...PLAIN, inner };
  }
  const rows = items.filter(isCells);
  if (rows.length < 2 || rows.length < items.length * 0.9) return null;
  const texts = rows.map((row) => row.map((cell) => (cell === null ? '' : String(cell))));
  const headless = mapping?.headless ?? looksHeadless(texts[0] ?? [], texts.slice(1));
  return { ...PLAIN, lists: { names: null, headless } };
}

/** `{"columns": […], "index": […], "data": [[…]]}`, and the same under other names. */
function splitOriented(value: DataRecord): JsonShape | null {
  const { columns, data, index } = value;
  if (isNames(columns) && Array.isArray(index) && data === undefined) {
    return { ...PLAIN, path: ['data'], lists: { names: columns, headless: false } };
  }
  for (const [key, rows] of Object.entries(value)) {
    if (!Array.isArray(rows) || rows.length === 0 || !rows.every(Array.isArray)) continue;
    const width: number = (rows[0] ?? []).length;
    const names = Object.values(value).find((one): one is string[] => isNames(one) && one.length === width);
    if (names !== undefined) return { ...PLAIN, path: [key], lists: { names, headless: false } };
  }
  return null;
}

function inParts(value: DataRecord, mapping: Partial<Mapping> | undefined, levels: number): JsonShape | null {
  const parts = Object.entries(value).filter(([key, part]) => isPartName(key) && typeof part === 'object');
  for (const [, part] of parts) {
    const inside = findShape(part, mapping, levels + 1);
    if (inside !== null)
      return { ...inside, path: [{ any: 'part' }, ...inside.path], keyField: inside.keyField ?? 'split' };
  }
  return null;
}

/** `{"text": {"0": …}, "label": {"0": …}}` or `{"text": […], "label": […]}`, and `{"0": {"text": …}, "1": {…}}`. */
function columnsOrIndex(value: DataRecord): JsonShape | null {
  const keys = Object.keys(value);
  const columns: JsonShape = { ...PLAIN, target: 'columns' };
  const values = Object.values(value);
  if (keys.length > 0 && values.every(isCells)) {
    // The last one may be cut off.
    const lengths = new Set(values.slice(0, -1).map(({ length }) => length));
    if (lengths.size > 1) return null;
    if (keys.some((key) => isKnownField(foldName(key)))) return columns;
    // Under names that say nothing: columns of one length, not all of them texts.
    return lengths.size === 1 && values.some((cells) => !areTexts(cells)) ? columns : null;
  }
  const inside = values.filter(isRecord);
  const [first] = inside;
  if (first === undefined || inside.length < values.length) return null;
  const innerKeys = Object.keys(first);
  const numbered = (names: readonly string[]): boolean => names.length > 0 && names.every((name) => /^\d+$/.test(name));
  const known = (names: readonly string[]): boolean => names.some((name) => isKnownField(foldName(name)));
  const isFlat = Object.values(first).every((one) => typeof one !== 'object' || one === null);
  if (isFlat && (numbered(innerKeys) || (known(keys) && !known(innerKeys)))) return columns;
  const rows: JsonShape = { ...PLAIN, path: [{ any: 'key' }], target: 'row' };
  if (numbered(keys) || (known(innerKeys) && keys.length > 1)) return rows;
  return null;
}

/** `{"billing": ["…", "…"], "login": […]}`: texts under their label. */
function underClasses(value: DataRecord): JsonShape | null {
  const lists = Object.entries(value);
  if (lists.length === 0 || !lists.every(([, list]) => isCells(list))) return null;
  const texts = lists.flatMap(([, list]) => (Array.isArray(list) ? list : []));
  if (!areTexts(texts)) return null;
  return { ...PLAIN, path: [{ any: 'key' }], keyField: 'label', texts: true };
}

/** The most likely list of rows under one of the keys, some levels down. */
function wrapped(value: DataRecord, mapping: Partial<Mapping> | undefined, levels: number): JsonShape | null {
  const found: { shape: JsonShape; rank: number; size: number }[] = [];
  const isText = Object.entries(value).some(([key, one]) => typeof one === 'string' && holdsText(key));
  for (const [key, inside] of Object.entries(value)) {
    if (typeof inside !== 'object' || inside === null) continue;
    const shape = findShape(inside, mapping, levels + 1);
    if (shape === null) continue;
    const place = WRAPPERS.indexOf(foldName(key));
    // Beside a text of its own, or as short as that, a list is part of one record: what was marked in its text.
    if (place < 0 && (isText || (Array.isArray(inside) && inside.length < 3))) continue;
    const rank = place < 0 ? WRAPPERS.length : place;
    found.push({ shape: { ...shape, path: [key, ...shape.path] }, rank, size: Object.keys(inside).length });
  }
  found.sort((a, b) => a.rank - b.rank || b.size - a.size);
  return found[0]?.shape ?? null;
}

/** Names under which the text of a single record stands, and no title of a whole set. */
function holdsText(key: string): boolean {
  return ['text', 'sentence', 'content', 'prompt', 'instruction', 'question', 'input', 'query', 'document'].includes(
    foldName(key),
  );
}

/** One message of a chat, in the dialects that there are. */
function isMessage(item: unknown): boolean {
  if (!isRecord(item)) return false;
  const has = (...keys: string[]): boolean => keys.some((key) => key in item);
  return (has('role') && has('content', 'parts', 'tool_calls', 'text', 'message')) || (has('from') && has('value'));
}

/** True where most of the cells are texts of several words. */
function areTexts(cells: readonly unknown[]): boolean {
  return cells.filter((cell) => typeof cell === 'string' && /\S\s+\S/.test(cell)).length >= cells.length / 2;
}

/** A list of texts, numbers and the like. */
function isCells(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.length > 0 && value.every((cell) => typeof cell !== 'object' || cell === null);
}

function isNames(value: unknown): value is string[] {
  return (
    Array.isArray(value) &&
    value.length > 1 &&
    value.every((name) => typeof name === 'string') &&
    new Set(value).size === value.length
  );
}
