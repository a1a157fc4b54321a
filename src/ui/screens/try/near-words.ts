/** How near a training row is, in words. Pure. */

/** Cosines of centred vectors: texts that have nothing in common are about 0, the same words in another order above 0.9. */
const STEPS: readonly { from: number; words: string }[] = [
  { from: 0.9, words: 'nearly the same' },
  { from: 0.65, words: 'very close' },
  { from: 0.4, words: 'close' },
  { from: 0.2, words: 'loosely related' },
];

export function nearWords(similarity: number): string {
  return STEPS.find(({ from }) => similarity >= from)?.words ?? 'far';
}
