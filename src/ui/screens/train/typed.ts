/** Between a setting's value and the text in its field. Pure. */
import { readNumber } from '../../../core/words/read-number';
import { checkSetting } from '../../../core/settings/defaults';
import type { SettingDefinition } from '../../../core/settings/settings';

type Definition = Pick<SettingDefinition, 'kind' | 'options'>;

/** The value that a text stands for, NaN for no number; `faultOf` says whether it may be used. */
export function parseTyped({ kind }: Definition, text: string): number | string | boolean {
  const plain = text.trim();
  switch (kind) {
    case 'choice':
      return plain;
    case 'boolean':
      return plain === 'true' || (plain === 'false' ? false : plain);
    case 'integer':
    case 'number': {
      const read = readNumber(text, kind);
      return read.ok ? read.value : NaN;
    }
    default:
      return kind satisfies never;
  }
}

/** What is wrong with a text typed for a setting, in words; null when its value may be used. */
export function faultOf(definition: SettingDefinition, text: string): string | null {
  const { kind, label, key } = definition;
  if (kind === 'integer' || kind === 'number') {
    const read = readNumber(text, kind);
    if (!read.ok && read.inDoubt !== null) return `${label}: ${read.words}`;
  }
  return checkSetting(key, parseTyped(definition, text));
}

/** How a value stands in its field: small numbers as «1e-4». */
export function showValue(value: number | string | boolean): string {
  if (typeof value !== 'number' || value === 0 || Math.abs(value) >= 1e-3) return String(value);
  return value.toExponential().replace('e+', 'e');
}
