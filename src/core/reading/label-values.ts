/**
 * What stands in a label field as a list of labels: one, none or several. Lists, JSON in a cell (`{"choices": [...]}`,
 * `["a", "b"]`), a list as Python prints it, and dictionaries of 0 and 1 are several labels, never one label of braces.
 */
import { type DataRecord, isRecord } from './field-names';
import { jsonInside } from './field-paths';
import { isNumberLabel } from '../data/label-map';

/** The labels in `values`, different ones in order; null where something in there is no label (a nested dictionary). */
export function labelsIn(values: readonly unknown[]): string[] | null {
  const [only] = values;
  // By far the most frequent: one plain text.
  if (values.length === 1 && typeof only === 'string' && !/^\s*[[{]/.test(only))
    return only.trim() === '' ? [] : [only];
  const labels = new Set<string>();
  for (const value of values) if (!gather(value, labels)) return null;
  return [...labels];
}

function gather(value: unknown, labels: Set<string>): boolean {
  if (value === null || value === undefined || Number.isNaN(value)) return true;
  if (Array.isArray(value)) return value.every((item) => gather(item, labels));
  if (isRecord(value)) return gatherFrom(value, labels);
  if (typeof value === 'string') {
    const inner = jsonInside(value) ?? pythonList(value);
    if (inner !== null) return gather(inner, labels);
    if (value.trim() !== '') labels.add(value);
    return true;
  }
  labels.add(String(value));
  return true;
}

/** `{"choices": ["a"]}` is its list, `{"a": 1, "b": 0}` the keys that are set. */
function gatherFrom(record: DataRecord, labels: Set<string>): boolean {
  const entries = Object.entries(record);
  if (entries.length > 0 && entries.every(([, value]) => isFlag(value))) {
    for (const [key, value] of entries) if (isSet(value)) labels.add(key);
    return true;
  }
  const lists = entries.filter(([, value]) => Array.isArray(value));
  const [list] = lists;
  return list !== undefined && lists.length === 1 && gather(list[1], labels);
}

/** True for 0, 1, true, false and their spellings in a table. */
export function isFlag(value: unknown): boolean {
  return typeof value === 'boolean' || /^(0|1)(\.0+)?$|^(true|false)$/i.test(scalar(value));
}

/** True for a flag that is set. */
export function isSet(value: unknown): boolean {
  return value === true || /^1(\.0+)?$|^true$/i.test(scalar(value));
}

function scalar(value: unknown): string {
  return typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : '';
}

/** `['a', 'b']`, as a data frame writes a list into a cell; null for anything else. */
function pythonList(text: string): string[] | null {
  const trimmed = text.trim();
  if (!/^\[\s*('[^']*'|"[^"]*")(\s*,?\s*('[^']*'|"[^"]*"))*\s*,?\s*\]$/.test(trimmed)) return null;
  return [...trimmed.matchAll(/'([^']*)'|"([^"]*)"/g)].map(([, single, double]) => single ?? double ?? '');
}

/** Spellings of nothing that no person writes on purpose; `NA`, `None` and `n/a` may be labels. */
const MISSING: ReadonlySet<string> = new Set(['nan', 'NaN', '<NA>', '#N/A', 'NULL', 'null', '\\N', 'NaT']);

/** True for what programs write where a value is missing: «nan», «<NA>», «NULL» … */
export function isMissingWord(text: string): boolean {
  return MISSING.has(text);
}

/**
 * The one spelling of a number or a truth value: «1.0» and «1.» are «1», «True» is «true»; other labels as they are.
 * It knows nothing of the other rows, so that two files give the same labels.
 */
export function canonicalLabel(label: string): string {
  const last = label.charCodeAt(label.length - 1);
  // Only what ends in 0, a point, or e.
  if (last === 0x30 || last === 0x2e) {
    if (!/^[+-]?\d+\.0*$/.test(label)) return label;
    const whole = label.slice(0, label.indexOf('.'));
    return whole === '-0' || whole === '+0' ? '0' : whole;
  }
  return /^(true|false)$/i.test(label) ? label.toLowerCase() : label;
}

const TRUTH: ReadonlyMap<string, string> = new Map([
  ['0', 'false'],
  ['1', 'true'],
]);

/**
 * New labels where a set writes truth values both as words and as 0 and 1; null where it does not. `labels` are
 * canonical.
 */
export function joinTruthValues(labels: readonly string[]): ReadonlyMap<string, string> | null {
  const words = labels.some((label) => label === 'true' || label === 'false');
  const numbers = labels.some((label) => TRUTH.has(label));
  const all = labels.every((label) => label === 'true' || label === 'false' || TRUTH.has(label));
  return words && numbers && all ? TRUTH : null;
}

/** True where the labels are numbers on a scale rather than names: many of them, broken or far apart. */
export function isScale(labels: readonly string[], rows: number): boolean {
  if (labels.length <= 10 || !labels.every(isNumberLabel)) return false;
  const numbers = labels.map(Number);
  if (numbers.some((number) => !Number.isInteger(number))) return true;
  const span = Math.max(...numbers) - Math.min(...numbers) + 1;
  // Numbers of classes stand close together and repeat; amounts, ages and years do not.
  return labels.length > 30 && (span > labels.length * 2 || rows < labels.length * 3);
}

/** «up to 1.7», «over 1.7 up to 3.2», «over 3.2»: the range that a number falls into. */
export function rangeOf(value: number, cuts: readonly number[]): string {
  const index = cuts.findIndex((cut) => value <= cut);
  const low = cuts[index < 0 ? cuts.length - 1 : index - 1];
  const high = index < 0 ? undefined : cuts[index];
  if (high === undefined) return `over ${low ?? ''}`;
  return low === undefined ? `up to ${high}` : `over ${low} up to ${high}`;
}
