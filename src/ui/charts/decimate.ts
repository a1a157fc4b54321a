/** Thins a long line for drawing without losing its peaks. Pure. */

export interface XY {
  x: number;
  y: number;
}

/**
 * At most `limit` points: the first and last stay, and of each stretch between them the lowest and the highest,
 * so that a spike of one step is still seen. A line within the limit is returned as it is.
 */
export function decimate(points: readonly XY[], limit = 2000): readonly XY[] {
  if (points.length <= limit) return points;
  const first = points[0];
  const last = points[points.length - 1];
  if (first === undefined || last === undefined) return points;
  const stretches = Math.max(1, Math.floor((limit - 2) / 2));
  const inner = points.length - 2;
  const kept: XY[] = [first];
  for (let s = 0; s < stretches; s++) {
    const from = 1 + Math.floor((s * inner) / stretches);
    const to = 1 + Math.floor(((s + 1) * inner) / stretches);
    let low = from;
    let high = from;
    for (let i = from + 1; i < to; i++) {
      if (yOf(points, i) < yOf(points, low)) low = i;
      if (yOf(points, i) > yOf(points, high)) high = i;
    }
    for (const i of low === high ? [low] : [Math.min(low, high), Math.max(low, high)]) {
      const point = points[i];
      if (point !== undefined) kept.push(point);
    }
  }
  kept.push(last);
  return kept;
}

function yOf(points: readonly XY[], index: number): number {
  return points[index]?.y ?? 0;
}
