/**
 * Numbers as a person reads them: a figure and its unit, English digit grouping, no false precision.
 */

/** A share as a percentage: 0.931 → «93.1 %». */
export function formatPercent(share: number, digits = 1): string {
  return `${fixed(share * 100, digits)} %`;
}

/** A difference of shares in points with its sign: 0.031 → «+3.1», −0.02 → «−2.0», 0 → «0.0». */
export function formatPoints(difference: number, digits = 1): string {
  const text = fixed(Math.abs(difference) * 100, digits);
  if (Number(text) === 0) return text;
  return `${difference < 0 ? '−' : '+'}${text}`;
}

/** A length of time: «0.4 s», «12 s», «3 min 41 s», «1 h 05 min». */
export function formatDuration(elapsedMs: number): string {
  const seconds = Math.max(0, elapsedMs) / 1000;
  if (seconds < 9.95) return `${fixed(seconds, 1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
  const minutes = Math.round(whole / 60);
  return `${formatCount(Math.floor(minutes / 60))} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** A guess of a length of time, in one unit: «A few seconds», «About 40 s», «About 9 min», «About 2.5 h». */
export function formatAbout(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 5) return 'A few seconds';
  if (seconds < 57.5) return `About ${Math.max(5, Math.round(seconds / 5) * 5)} s`;
  const minutes = Math.max(1, Math.round(seconds / 60));
  if (minutes < 100) return `About ${minutes} min`;
  return `About ${formatCount(Math.round(seconds / 360) / 10)} h`;
}

/** A size in decimal units, as disks and download pages count: 45,130,752 → «45 MB». */
export function formatBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let value = Math.max(0, bytes);
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  if (unit === 0) return value === 1 ? '1 byte' : `${formatCount(value)} bytes`;
  return `${value < 9.95 ? fixed(value, 1) : String(Math.round(value))} ${units[unit] ?? ''}`;
}

/** Made once: `toLocaleString` makes one at every call, which is most of the time that a report takes. */
const COUNT = new Intl.NumberFormat('en-US', { maximumFractionDigits: 3 });

/** A count with grouped digits: 1240 → «1,240». */
export function formatCount(count: number): string {
  return COUNT.format(count);
}

/** A count with its noun: (1, 'row') → «1 row», (1240, 'row') → «1,240 rows», (2, 'class', 'classes') → «2 classes». */
export function formatAmount(count: number, singular: string, plural = `${singular}s`): string {
  return `${formatCount(count)} ${count === 1 ? singular : plural}`;
}

/** A figure with a fixed number of decimals and no «−0.0». */
export function fixed(value: number, digits: number): string {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? (0).toFixed(digits) : text.replace('-', '−');
}
