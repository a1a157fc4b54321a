/** The settings that a search tried, in words: what differs from `auto`. Pure. */
import { SETTINGS } from '../settings/defaults';
import { lower } from '../words/title';
import type { SearchSection } from './ladder-schema';

type Tried = SearchSection['tried'][number];

/**
 * «auto»; else what differs, by the names of the form: «learning rate 4e-5, dropout 0.2»; «E5 multilingual, else auto».
 * `fields`: by those of the report.
 */
export function settingWords({ auto, settings, encoder }: Tried, first: Tried | undefined, fields = false): string {
  if (auto || !first) return 'auto';
  const changed = Object.entries(settings).filter(([name, value]) => first.settings[name] !== value);
  const words = changed.map(([field, value]) => {
    const known = fields ? undefined : SETTINGS.find(({ name }) => name === field);
    if (!known) return `${field} ${shown(value)}`;
    const option = known.options?.find((one) => one.value === value);
    return `${lower(known.label)} ${option?.label ?? shown(value)}`;
  });
  if (encoder === undefined) return words.join(', ') || 'auto';
  return [fields ? `encoder ${encoder}` : encoder, ...(words.length > 0 ? words : ['else auto'])].join(', ');
}

/** «all», «half», «quarter» */
export function shareWords(share: number): string {
  return share === 1 ? 'all' : share === 0.5 ? 'half' : 'quarter';
}

function shown(value: number | string | boolean): string {
  if (typeof value !== 'number') return typeof value === 'boolean' ? (value ? 'on' : 'off') : value;
  return value !== 0 && Math.abs(value) < 1e-3
    ? Number(value.toPrecision(2)).toExponential()
    : String(Number(value.toPrecision(3)));
}
