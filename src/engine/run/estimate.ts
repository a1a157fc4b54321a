/**
 * How long the parts of a run take: what they compute (workload.ts), by the speed of the device. Measured speeds come
 * from warm-up steps (warm-up.ts); before that a plain processor core stands in, which `Progress` corrects.
 */
import type { Part } from '../fit/progress';
import type { PartLoad } from './workload';

/** A pass takes `passMs` and as much more as it computes. */
export interface Speed {
  passMs: number;
  msPerFlop: number;
}

export interface Speeds {
  forward: Speed;
  /** Of the encoders beside the first. */
  further: readonly Speed[];
  /** With the optimizer's update. */
  training: Speed;
  /** Per row, class and column of a linear classifier: a hundred iterations for each of a few strengths. */
  solvingMs: number;
  /** That share in forward passes where the run shares them. */
  threads: number;
  /** Folds that are fitted side by side. */
  lanes: number;
}

/** One processor core with WebAssembly: six layers of 384, measured on a server of 2023. */
export const PLAIN_CORE: Speeds = {
  forward: { passMs: 0, msPerFlop: 4.5e-8 },
  further: [],
  training: { passMs: 120, msPerFlop: 5.3e-8 },
  solvingMs: 2e-4,
  threads: 1,
  lanes: 1,
};

/** The parts with their times; a fold beside others counts with its share of the time that all of them take. */
export function estimateParts(loads: readonly PartLoad[], speeds: Speeds = PLAIN_CORE): Part[] {
  const folds = loads.filter(({ phase }) => phase === 'fold').length;
  const rounds = Math.ceil(folds / speeds.lanes);
  return loads.map(({ key, phase, kind, forward, training, solving, shared, pooled, encoder }) => {
    const own = speeds.further[encoder - 1] ?? speeds.forward;
    const forwardMs = forward.passes * own.passMs + forward.flops * own.msPerFlop;
    // A thread is worth starting for every few batches only.
    const threads = shared ? Math.max(1, Math.min(speeds.threads, Math.floor(forward.passes / 2))) : 1;
    const trainingMs = training.passes * speeds.training.passMs + training.flops * speeds.training.msPerFlop;
    const ms = forwardMs / threads + trainingMs + solving * speeds.solvingMs;
    if (pooled) return { key, phase, kind, estimateMs: ms / speeds.lanes };
    return { key, phase, kind, estimateMs: phase === 'fold' ? (ms * rounds) / folds : ms };
  });
}

/** One timed pass. */
export interface Timing {
  flops: number;
  ms: number;
}

/**
 * The line through two timed passes; through the origin and the first where they tell no two numbers apart (equal
 * sizes, or noise that would make a part negative).
 */
export function speedOf(typical: Timing, longest: Timing): Speed {
  const msPerFlop = (longest.ms - typical.ms) / (longest.flops - typical.flops);
  const passMs = typical.ms - msPerFlop * typical.flops;
  if (Number.isFinite(msPerFlop) && msPerFlop > 0 && passMs >= 0) return { passMs, msPerFlop };
  return { passMs: 0, msPerFlop: typical.ms / Math.max(1, typical.flops) };
}
