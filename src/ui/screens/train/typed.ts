/** Between a setting's value and the text in its field. Pure. */
import type { SettingDefinition } from '../../../core/plan/settings';

type Definition = Pick<SettingDefinition, 'kind' | 'options'>;

/** The value that a text stands for; `checkSetting` says whether it may be used. Both «1e-4» and «0.0001» are numbers. */
export function parseTyped({ kind }: Definition, text: string): number | string | boolean {
  const plain = text.trim();
  switch (kind) {
    case 'choice':
      return plain;
    case 'boolean':
      return plain === 'true' || (plain === 'false' ? false : plain);
    case 'integer':
    case 'number':
      // A decimal comma is what many keyboards give.
      return plain === '' ? NaN : Number(plain.replace(/^([+-]?\d+),(\d+)$/, '$1.$2'));
    default:
      return kind satisfies never;
  }
}

/** How a value stands in its field: small numbers as «1e-4». */
export function showValue(value: number | string | boolean): string {
  if (typeof value !== 'number' || value === 0 || Math.abs(value) >= 1e-3) return String(value);
  return value.toExponential().replace('e+', 'e');
}
