/** What a blind vote came to, in words. Pure. */
import type { Vote } from '../../../../core/report/generation';
import { WAY_WORDS } from '../../../../core/report/generation/ways';
import type { GenerationReport } from '../../../../core/report/report';
import type { BlindVote } from '../../../../core/report/generation/blind-vote';
import { fixed, formatAmount, formatCount } from '../../../../core/words/numbers';

/** Against whom: the best way without training that a model writes, else the base; null where there is no other. */
export function voteOpponent({ generation }: GenerationReport): BlindVote['against'] | null {
  const { best_untrained: best } = generation;
  if (best !== null && best !== 'nearest') return best;
  if (generation.few_shot !== null) return 'few_shot';
  return generation.base === null ? best : 'base';
}

/** One sentence with its interval, and whether that tells the two apart. */
export function voteWords({ against, pairs, tuned, other, equal, win_rate, win_rate_ci95: ci }: Vote): string {
  const name = WAY_WORDS[against].title.toLowerCase();
  const neither = equal === 0 ? '' : `, and neither ${times(equal)}`;
  const counts = `Of ${formatAmount(pairs, 'pair')} you picked the tuned answer ${times(tuned)}, the ${name} ${times(other)}${neither}.`;
  if (win_rate === null || ci === null) return `${counts} No pair was told apart.`;
  const rate = `The tuned answer wins ${fixed(win_rate * 100, 0)} % of the pairs told apart, 95 % interval ${fixed(ci[0] * 100, 0)} to ${fixed(ci[1] * 100, 0)} %`;
  const sure = ci[0] > 0.5 ? 'it is liked better' : ci[1] < 0.5 ? 'it is liked less' : 'that may be chance';
  return `${counts} ${rate}: ${sure}.`;
}

function times(count: number): string {
  return count === 0 ? 'never' : count === 1 ? 'once' : `${formatCount(count)} times`;
}
