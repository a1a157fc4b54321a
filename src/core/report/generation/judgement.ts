/** What the figures of written answers allow to be claimed, and how the words write them. */
import { fixed } from '../../words/numbers';
import type { GenerationReport, UntrainedWay } from '../generation';

/** A report before its verdict. */
export type Figures = Omit<GenerationReport, 'verdict'>;

/** Fewer independent rows than this carry no claim. */
export const FEWEST_ROWS = 12;
/** Differences up to one point of chrF are called practically equal. */
export const ROPE = 1;

/**
 * How a gain stands: `clear` beyond the region that counts as none, `real` above nought, `equal` within the region, `worse`
 * below nought, `same` where not one answer differs in worth; else `open`.
 */
export type Standing = 'clear' | 'real' | 'equal' | 'open' | 'worse' | 'same';

/** How tuning stands against a way without training; null where there is nothing to compare. */
export function standingAgainst({ generation }: Pick<Figures, 'generation'>, way: UntrainedWay): Standing | null {
  const gain = generation.gains[way]?.chrf;
  if (!gain) return null;
  const { difference, ci95 } = gain;
  if (ci95 === null) return 'open';
  const [low, high] = ci95;
  if (low === 0 && high === 0 && difference === 0) return 'same';
  if (low > ROPE) return 'clear';
  if (high < 0) return 'worse';
  if (low >= -ROPE && high <= ROPE) return 'equal';
  return low > 0 ? 'real' : 'open';
}

/** Points of chrF without a sign; never a difference that is there as «0.0». */
export function points(difference: number): string {
  const size = fixed(Math.abs(difference), 1);
  return size === '0.0' && Math.abs(difference) > 1e-9 ? 'under 0.1' : size;
}

/** «+2.1», «−0.4» */
export function signed(difference: number): string {
  const size = fixed(Math.abs(difference), 1);
  return size === '0.0' ? size : `${difference < 0 ? '−' : '+'}${size}`;
}

/** «21.6 to 32.4» */
export function range(low: number, high: number): string {
  return `${fixed(low, 1)} to ${fixed(high, 1)}`;
}
