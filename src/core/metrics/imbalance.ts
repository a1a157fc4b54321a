/** How unevenly rows spread over labels, and from where on accuracy flatters: a rare label that is never given costs it nothing. */

/** Above so many rows of the largest label to one of the smallest, labels are uneven. */
export const UNEVEN_ABOVE = 10;

/** Rows of the largest label to one of the smallest; 1 without labels. */
export function imbalanceOf(counts: readonly number[]): number {
  return counts.length === 0 ? 1 : Math.max(...counts) / Math.max(1, Math.min(...counts));
}
