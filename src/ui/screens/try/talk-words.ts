/** What is said of answers in a talk, and a talk as Markdown. Pure. */
import type { ChatAnswer, ChatWay } from '../../../core/run/chat';
import { formatAmount, formatCount } from '../../../core/words/numbers';
import type { Turn } from './talk.svelte';

export const WAY_TITLES: Readonly<Record<ChatWay, string>> = { base: 'Base', tuned: 'Tuned' };

/** «31 tokens, 26/s». */
export function countWords({ tokens, tokensPerSecond }: ChatAnswer): string {
  return `${formatAmount(tokens, 'token')}, ${perSecond(tokensPerSecond)}/s`;
}

/** In two figures, so that it does not flicker. */
export function perSecond(tokens: number): string {
  return tokens < 10 ? tokens.toFixed(1) : formatCount(Math.round(tokens));
}

/** Why an answer ended before the model was done; null where it was done. */
export function endWords({ ended }: Pick<ChatAnswer, 'ended'>): string | null {
  switch (ended) {
    case 'end':
      return null;
    case 'limit':
      return 'Cut at the longest answer.';
    case 'context':
      return 'Cut: the model reads no more.';
    case 'stopped':
      return 'Stopped.';
    default:
      return ended satisfies never;
  }
}

/** A talk to keep or to pass on. */
export function talkMarkdown(name: string, system: string, turns: readonly Turn[]): string {
  const before = system.trim() === '' ? [] : [`**System:** ${system.trim()}`];
  const said = turns.flatMap(({ question, answers }) => [
    `## ${question}`,
    `**${WAY_TITLES.base}:** ${answers.base.text}`,
    `**${WAY_TITLES.tuned}:** ${answers.tuned.text}`,
  ]);
  return `${[`# ${name}`, ...before, ...said].join('\n\n')}\n`;
}
