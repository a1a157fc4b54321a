/**
 * Which values of a method's settings a search tries, as data of its descriptor. Around what `auto` found, not from
 * nothing: `auto` knows rows, labels and device already, and a search of a dozen tries knows none of them.
 */
import { DEFINITIONS } from './definitions';
import type { Random } from '../random';
import type { SettingKey, Settings } from './settings';

type NumericKey = { [K in SettingKey]: Settings[K] extends number ? K : never }[SettingKey];

/** `times`: the value of `auto` times a factor, drawn evenly on a logarithmic scale. */
interface TimesAuto {
  kind: 'times';
  key: NumericKey;
  least: number;
  most: number;
}

/** `among`: one of these, each as likely. */
type Among = { [K in SettingKey]: { kind: 'among'; key: K; values: readonly Settings[K][] } }[SettingKey];

export type SearchedSetting = TimesAuto | Among;

/** The settings of one try: a value for each line of the space, all others as they are. */
export function drawSettings(space: readonly SearchedSetting[], auto: Settings, random: Random): Settings {
  return space.reduce((settings, searched) => {
    if (searched.kind === 'among') {
      const { key, values } = searched;
      const value = values[Math.floor(random() * values.length)];
      return value === undefined ? settings : { ...settings, [key]: value };
    }
    const { key, least, most } = searched;
    const factor = least * (most / least) ** random();
    return { ...settings, [key]: within(key, auto[key] * factor) };
  }, auto);
}

/** Two digits, or a whole number: nobody can tell a rate of 4.7e-5 from one of 4.7312e-5. Never outside a setting's limits. */
function within(key: NumericKey, value: number): number {
  const { kind, min = -Infinity, max = Infinity } = DEFINITIONS[key];
  const rounded = kind === 'integer' ? Math.round(value) : Number(value.toPrecision(2));
  return Math.min(max, Math.max(min, rounded));
}
