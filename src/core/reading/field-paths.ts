/**
 * Fields by path: `data.text`, `annotations[].result[].value.choices`. A dot leads into a dictionary, `[]` through a
 * list of dictionaries; a list of plain values is one field. Texts that hold JSON are walked into as if they were it:
 * a table's cell `{"choices": ["a"]}` is reached by `topic.choices`. A key with a dot in it is a key: whole keys win.
 */
import { type DataRecord, findKey, isRecord } from './field-names';

/** Elements of one list that are walked through: a list of thousands has the same fields as its beginning. */
const MAX_ELEMENTS = 20;
/** Longer texts are texts, whatever they look like. */
const MAX_JSON_CHARACTERS = 20_000;

/** Everything that stands at `path` in a record, in order; empty where nothing does. Lists of plain values are one value. */
export function valuesAt(record: DataRecord, path: string): unknown[] {
  // Most fields are plain keys of the record, spelled as the path is.
  if (Object.hasOwn(record, path)) return [record[path]];
  const found: unknown[] = [];
  collect(record, path, found);
  return found;
}

function collect(value: unknown, path: string, found: unknown[]): void {
  if (path === '') {
    found.push(value);
  } else if (Array.isArray(value)) {
    const rest = path.startsWith('[]') ? withoutDot(path.slice(2)) : path;
    for (const item of value) collect(item, rest, found);
  } else if (isRecord(value)) {
    collectFrom(value, path.startsWith('[]') ? withoutDot(path.slice(2)) : path, found);
  } else {
    const inner = jsonInside(value);
    if (inner !== null) collect(inner, path, found);
  }
}

/** The longest beginning of `path` that is a key of `record`, exactly or folded, leads on. */
function collectFrom(record: DataRecord, path: string, found: unknown[]): void {
  for (let end = path.length; end > 0; end = lastBoundary(path, end)) {
    const key = findKey(record, path.slice(0, end));
    if (key === null) continue;
    collect(record[key], withoutDot(path.slice(end)), found);
    return;
  }
}

/** The last `.` or `[` before `end`; 0 where there is none. */
function lastBoundary(path: string, end: number): number {
  for (let i = end - 1; i > 0; i--) if (path[i] === '.' || path[i] === '[') return i;
  return 0;
}

function withoutDot(path: string): string {
  return path.startsWith('.') ? path.slice(1) : path;
}

/** The dictionary or list that a text holds as JSON; null where it holds none. */
export function jsonInside(value: unknown): DataRecord | unknown[] | null {
  if (typeof value !== 'string' || value.length > MAX_JSON_CHARACTERS) return null;
  const text = value.trim();
  if (!/^(\{[^]*\}|\[[^]*\])$/.test(text)) return null;
  try {
    const inner: unknown = JSON.parse(text);
    return isRecord(inner) || Array.isArray(inner) ? inner : null;
  } catch {
    return null;
  }
}

export interface FieldVisitor {
  /** A plain value, a list of such, or an empty dictionary. */
  leaf(path: string, value: unknown): void;
  /** A list of dictionaries, before its fields. */
  list?(path: string, items: unknown[]): void;
}

/** Visits every field of a record by path; one path comes several times where a list leads to it. */
export function walkFields(record: DataRecord, visitor: FieldVisitor, maxFields = Infinity): void {
  let left = maxFields;
  const walk = (value: unknown, path: string): void => {
    if (left <= 0) return;
    if (Array.isArray(value) && value.some(isRecord)) {
      visitor.list?.(path, value);
      for (const item of value.slice(0, MAX_ELEMENTS)) if (isRecord(item)) walkKeys(item, `${path}[]`);
      return;
    }
    if (isRecord(value) && Object.keys(value).length > 0) {
      walkKeys(value, path);
      return;
    }
    left -= 1;
    visitor.leaf(path, value);
    const inner = jsonInside(value);
    if (inner !== null && (isRecord(inner) || inner.some(isRecord))) walk(inner, path);
  };
  const walkKeys = (value: DataRecord, path: string): void => {
    for (const key of Object.keys(value)) walk(value[key], path === '' ? key : `${path}.${key}`);
  };
  walkKeys(record, '');
}

/** The key of the record that a path begins at. */
export function rootOf(record: DataRecord, path: string): string | null {
  for (let end = path.length; end > 0; end = lastBoundary(path, end)) {
    const key = findKey(record, path.slice(0, end));
    if (key !== null) return key;
  }
  return null;
}
