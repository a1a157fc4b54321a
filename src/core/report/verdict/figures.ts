/** How the verdict writes its figures. */
import { quoted } from '../../words/excerpt';
import { fixed } from '../../words/numbers';
import type { ClassificationReport } from '../classification';

/** A report before its verdict. */
export type Figures = Omit<ClassificationReport, 'verdict'>;

export const inPoints = (share: number): string => fixed(share * 100, 1);

/** «under 0.1», never a difference that is there as «0.0». */
export function sizeInPoints(difference: number): string {
  const size = inPoints(Math.abs(difference));
  return size === '0.0' && difference !== 0 ? 'under 0.1' : size;
}

/**
 * «1.2 to 5.0», in points or per cent, with as many decimals as tell the ends apart. With two folds an interval can
 * reach further than shares can differ: it is told up to there.
 */
export function range(low: number, high: number): string {
  const ends = [Math.max(-1, low) * 100, Math.min(1, high) * 100] as const;
  const digits = [1, 2, 3, 4].find((count) => fixed(ends[0], count) !== fixed(ends[1], count));
  return digits === undefined ? 'unknown' : `${fixed(ends[0], digits)} to ${fixed(ends[1], digits)}`;
}

/** «= 0.06», «< 0.001» */
export function pValue(p: number): string {
  if (p < 0.001) return '< 0.001';
  return `= ${p.toFixed(p < 0.01 ? 3 : 2)}`;
}

export const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

export function commonest({ dataset }: Figures): string {
  return quoted(dataset.labels[0]?.label ?? '');
}
