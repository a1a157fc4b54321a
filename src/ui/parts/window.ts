/** Which rows of a long list are drawn, and where. Pure. */

/** Browsers draw no box taller than about 33 million px; beyond this the list scrolls in proportion. */
export const MAX_HEIGHT = 8_000_000;

/** Where a box of `viewport` px must be scrolled to so that row `index` stands at its top. */
export function scrollTopOf(index: number, viewport: number, count: number, rowHeight: number): number {
  const { drawn, scale } = measure(viewport, count, rowHeight);
  return Math.min(Math.max(0, drawn - viewport), (index * rowHeight) / scale);
}

export interface RowWindow {
  /** First row drawn and one past the last. */
  first: number;
  end: number;
  /** Empty space above and below the drawn rows, px. */
  before: number;
  after: number;
}

/**
 * The rows that a box of `viewport` px shows at `scrollTop`, with `spare` rows above and below.
 * Rows have one height; `count * rowHeight` over MAX_HEIGHT is scaled, so the last row can always be reached.
 */
export function rowWindow(scrollTop: number, viewport: number, count: number, rowHeight: number, spare = 6): RowWindow {
  const { drawn, scale } = measure(viewport, count, rowHeight);
  const top = Math.min(Math.max(0, scrollTop), Math.max(0, drawn - viewport));
  const firstVisible = Math.floor((top * scale) / rowHeight);
  const first = Math.max(0, firstVisible - spare);
  const end = Math.min(count, firstVisible + Math.ceil(viewport / rowHeight) + 1 + spare);
  // Where the first drawn row must stand so that the list shows `top * scale` at `top`.
  const before = Math.max(0, first * rowHeight - top * (scale - 1));
  const after = Math.max(0, drawn - before - (end - first) * rowHeight);
  return { first, end, before, after };
}

/** Height of the list as drawn, and how many px of the rows one px of scrolling passes. */
function measure(viewport: number, count: number, rowHeight: number): { drawn: number; scale: number } {
  const real = count * rowHeight;
  const drawn = Math.min(real, MAX_HEIGHT);
  return { drawn, scale: drawn > viewport ? (real - viewport) / (drawn - viewport) : 1 };
}
