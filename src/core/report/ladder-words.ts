/** The settings that a search tried, in words: what differs from `auto`. Pure. */
import type { SearchSection } from './ladder-schema';

type Tried = SearchSection['tried'][number];

/** «auto»; else what differs: «learning_rate 4.0e-5, num_train_epochs 6». */
export function settingWords({ auto, settings }: Tried, first: Tried | undefined): string {
  if (auto || !first) return 'auto';
  const changed = Object.entries(settings).filter(([name, value]) => first.settings[name] !== value);
  return changed.map(([name, value]) => `${name} ${shown(value)}`).join(', ') || 'auto';
}

/** «all», «half», «quarter» */
export function shareWords(share: number): string {
  return share === 1 ? 'all' : share === 0.5 ? 'half' : 'quarter';
}

function shown(value: number | string | boolean): string {
  if (typeof value !== 'number') return String(value);
  return value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
}
