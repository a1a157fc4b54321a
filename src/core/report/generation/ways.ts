/** What the ways to get an answer are called, once: in tables, in sentences, and what a verdict says where one is enough. */
import type { AnswerWay } from '../../run/generation-outcome';
import { formatAmount } from '../../words/numbers';

export interface WayWords {
  /** As a heading. */
  title: string;
  /** In a sentence, behind «against»: «copying the nearest training answer». */
  name(examples: number): string;
  /** What a verdict says where tuning is not ahead of it. */
  enough: string;
}

export const WAY_WORDS: Readonly<Record<AnswerWay, WayWords>> = {
  base: {
    title: 'Base',
    name: () => 'the base as it came',
    enough: 'The base as it came is enough.',
  },
  few_shot: {
    title: 'Few-shot prompt',
    name: (examples) => `the base with ${formatAmount(examples, 'example')} in its prompt`,
    enough: 'A prompt with examples is enough.',
  },
  nearest: {
    title: 'Nearest answer',
    name: () => 'copying the nearest training answer',
    enough: 'Copying the nearest training answer is enough.',
  },
  tuned: {
    title: 'Tuned',
    name: () => 'the tuned model',
    enough: 'The tuned model is enough.',
  },
};
