/** The learning rate over a run: linear warm-up, then down to zero in a line or along a cosine. */
import type { Schedule } from './settings';

export interface SchedulePlan {
  base: number;
  /** Optimizer updates in which the rate climbs from 0 to `base`. */
  warmupSteps: number;
  totalSteps: number;
  schedule: Schedule;
}

/**
 * The rate that optimizer update number `step` (1-based) uses: base·step/warmup while warming up, then the share of
 * the descent that is still ahead, that update included. No update is spent at a rate of zero, neither first nor last.
 */
export function learningRateAt(step: number, { base, warmupSteps, totalSteps, schedule }: SchedulePlan): number {
  if (step <= warmupSteps) return (base * step) / warmupSteps;
  const ahead = Math.max(0, totalSteps - step + 1) / Math.max(1, totalSteps - warmupSteps);
  return schedule === 'linear' ? base * ahead : (base * (1 - Math.cos(Math.PI * ahead))) / 2;
}
