/** The curve points of a run as they count in the end. */
import type { CurvePoint } from './record';

/**
 * Without the steps that were taken back: after a setback a fit goes on from an earlier step, and so may a resumed run.
 * Points are in the order in which they came; folds may have taken turns. Within a fold steps never go down.
 */
export function withoutUndone<P extends Pick<CurvePoint, 'fold' | 'step'>>(points: readonly P[]): P[] {
  const kept = new Map<number, P[]>();
  for (const point of points) {
    const fold = kept.get(point.fold) ?? [];
    // Train and validation figures of one step are two points: only what lies behind a later step was undone.
    if (point.step < (fold.at(-1)?.step ?? 0)) while ((fold.at(-1)?.step ?? -1) >= point.step) fold.pop();
    fold.push(point);
    kept.set(point.fold, fold);
  }
  return [...kept.values()].flat();
}
