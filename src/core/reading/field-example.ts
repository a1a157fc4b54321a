/** A value of a file, whatever its size, cut to what can be shown. */
import { cutText, excerpt } from '../words/excerpt';

/** A field's value as shown in a list of fields or beside a fault: its beginning, whatever its size. */
export function fieldExample(value: unknown): string {
  return excerpt(typeof value === 'string' ? value : (JSON.stringify(beginning(value, 4)) ?? ''));
}

/** A small copy of a value of any size: the first items of every level, the first characters of every text. */
function beginning(value: unknown, levels: number): unknown {
  if (typeof value === 'string') return cutText(value, 120);
  if (typeof value !== 'object' || value === null) return value;
  if (levels === 0) return '…';
  if (Array.isArray(value)) return value.slice(0, 3).map((item) => beginning(item, levels - 1));
  const entries = Object.entries(value).slice(0, 5);
  return Object.fromEntries(entries.map(([key, item]) => [cutText(key, 40), beginning(item, levels - 1)]));
}
