/** Axes of the figures: round ends, few ticks, and where on them a value stands. Pure. */

export interface Axis {
  min: number;
  max: number;
  /** Ascending, round, all within [min, max]. */
  ticks: number[];
}

/** The round step (1, 2, 2.5 or 5 × a power of ten) that cuts `span` into at most `maxSteps` parts. */
export function roundStep(span: number, maxSteps: number): number {
  const rough = Math.max(span, Number.MIN_VALUE) / maxSteps;
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 2.5, 5, 10].find((candidate) => candidate * power >= rough * (1 - 1e-9)) ?? 10;
  return factor * power;
}

/**
 * An axis with round ends that holds [low, high] in at most `maxSteps` steps, or two where 0 lies between. `bounds`
 * is what the axis may never pass (0 and 100 for a percentage). Equal ends get some room.
 */
export function roundAxis(
  low: number,
  high: number,
  maxSteps = 5,
  bounds: [number, number] = [-Infinity, Infinity],
): Axis {
  const most = low < 0 && high > 0 ? Math.max(2, maxSteps) : maxSteps;
  let step = roundStep(high - low || Math.max(Math.abs(high) * 0.1, 1), most);
  // A lone value at the upper bound gets its room below: beyond the bound there is none.
  const stuck = (): boolean => low === high && high >= bounds[1] - 1e-9;
  const firstOf = (): number => Math.floor(low / step + 1e-9) - (stuck() ? 1 : 0);
  const lastOf = (): number => Math.max(Math.ceil(high / step - 1e-9), firstOf() + 1);
  // Rounding both ends outward can add two steps: then a coarser one is tried.
  while (lastOf() - firstOf() > most) step = roundStep(step * 1.5, 1);
  const all = Array.from({ length: lastOf() - firstOf() + 1 }, (_, i) =>
    Number(((firstOf() + i) * step).toPrecision(12)),
  );
  const ticks = all.filter((tick) => tick >= bounds[0] - 1e-9 && tick <= bounds[1] + 1e-9);
  return { min: Math.max(firstOf() * step, bounds[0]), max: Math.min(lastOf() * step, bounds[1]), ticks };
}

/** Where `value` stands on the axis in per cent of its length, 0 to 100; what lies beyond stands at the end. */
export function along(axis: Axis, value: number): number {
  const span = axis.max - axis.min;
  // An axis of one point has one place.
  if (!(span > 0)) return 50;
  return Math.min(100, Math.max(0, ((value - axis.min) / span) * 100));
}

/** A tick of a value axis with the decimals that its steps need: (1, 1) → «1.0»; tiny ones of a log axis as they are. */
export function axisTick(value: number, digits: number): string {
  return value !== 0 && Math.abs(value) < 10 ** -digits / 2 ? tickLabel(value) : value.toFixed(digits);
}

/** A tick without needless zeros: 2 → «2», 0.5 → «0.5», −2 → «−2». */
export function tickLabel(tick: number, signed = false): string {
  const text = String(Number(Math.abs(tick).toPrecision(6)));
  if (tick < 0) return `−${text}`;
  return signed && tick > 0 ? `+${text}` : text;
}
