/** What the proof in a page says, in one sentence; null where there is none. */
import { fixed, formatCount } from '../core/words/numbers';

/** `parity` is what stands in the page as its proof. */
export function proofWords(parity: unknown): string | null {
  if (typeof parity !== 'object' || parity === null) return null;
  const { answers, largest_difference: largest }: { answers?: unknown; largest_difference?: unknown } = parity;
  if (typeof answers !== 'object' || answers === null || typeof largest !== 'number') return null;
  const { rows, same }: { rows?: unknown; same?: unknown } = answers;
  if (typeof rows !== 'number' || typeof same !== 'number') return null;
  const off =
    largest < 5e-5
      ? 'no probability was off by as much as 0.0001'
      : `no probability was off by more than ${fixed(largest, 4)}`;
  return (
    `When it was written, this file answered ${formatCount(same)} of ${formatCount(rows)} texts as the run that it was made of: ` +
    `${off}.`
  );
}
