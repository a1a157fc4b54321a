/** Whether the tuned model only repeats its training rows, in words. Pure. */
import type { GenerationReport } from '../../../../core/report/report';
import { formatAmount, formatCount } from '../../../../core/words/numbers';

export interface RepeatBar {
  title: string;
  count: number;
  /** Of the tuned answers. */
  own: boolean;
}

export interface RepeatWords {
  /** «A little. 5 of 64 answers stand word for word in the training rows.» */
  head: string;
  /** What of it would be right, and what should not be. */
  more: string;
  bars: RepeatBar[];
  rows: number;
}

/** The words and bars of the panel; null where every prompt is a training prompt, and a copy says nothing. */
export function repeatWords({ generation }: GenerationReport): RepeatWords | null {
  const { rows, exactly, nearly, wanted_exactly: wanted, misplaced } = generation.repeats;
  if (rows === 0) return null;
  const own = exactly.tuned ?? 0;
  const near = nearly.tuned ?? 0;
  const bars: RepeatBar[] = [
    { title: 'Tuned', count: own, own: true },
    { title: 'The right answers', count: wanted, own: false },
    ...(exactly.few_shot === null ? [] : [{ title: 'Few-shot prompt', count: exactly.few_shot, own: false }]),
    ...(exactly.base === null ? [] : [{ title: 'Base', count: exactly.base, own: false }]),
  ];
  const alike = near > 0 ? `, ${formatCount(near)} more nearly so` : '';
  return {
    ...{ rows, bars },
    head: `${size(misplaced, own, rows)} ${formatCount(own)} of ${formatAmount(rows, 'answer')} ${own === 1 ? 'stands' : 'stand'} word for word in the training rows${alike}.`,
    more: moreWords(own, misplaced),
  };
}

function size(misplaced: number, own: number, rows: number): string {
  if (own === 0) return 'No.';
  if (misplaced === 0) return 'No more than it should.';
  return misplaced >= 0.2 * rows ? 'Much of it.' : 'A little.';
}

function moreWords(own: number, misplaced: number): string {
  if (own === 0) return '';
  const right = own - misplaced;
  const would = right === 1 ? '1 is right' : `${formatCount(right)} are right`;
  if (misplaced === 0) return `${own === 1 ? 'It is' : 'All are'} right: some questions have the same answer.`;
  const wrong =
    misplaced === 1 ? 'One is a copy that should not be.' : `${formatCount(misplaced)} are copies that should not be.`;
  return right === 0 ? wrong : `${would}: some questions have the same answer. ${wrong}`;
}
