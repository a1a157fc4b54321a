/** What is said under a text that is asked about. Pure. */
import { formatAmount, formatDuration } from '../../../core/words/numbers';
import type { LiveAnswer } from './answer.svelte';

/** «12 tokens, answered in 40 ms on the GPU»; before that, what is waited for. */
export function askedWords(
  { waiting, prediction }: Pick<LiveAnswer, 'waiting' | 'prediction'>,
  { loading, where }: { loading: string; where: string },
): string {
  if (prediction === null) return waiting ? loading : 'The answer comes as you type.';
  const ms = Math.max(1, Math.round(prediction.elapsedMs));
  const took = ms < 1000 ? `${ms} ms` : formatDuration(ms);
  return `${formatAmount(prediction.tokens[0] ?? 0, 'token')}, answered in ${took}${where}`;
}
