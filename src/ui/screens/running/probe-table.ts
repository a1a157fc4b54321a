/** Fixed prompts and their answers as a table that is read across: a row a prompt, a column a look. Pure. */
import type { ProbeAnswers, Probes } from '../../../core/run/probes';
import { formatCount } from '../../../core/words/numbers';

export interface ProbeTable {
  /** «Three prompts, after each pass». */
  title: string;
  /** Of which training these are, in words; null where there is one only. */
  fold: string | null;
  columns: { name: string }[];
  /** An answer a column, in their order. */
  rows: { prompt: string; answers: string[] }[];
}

const NUMBERS = ['No', 'One', 'Two', 'Three', 'Four', 'Five'];

/** The answers of the newest training; each look at one moment is one column, the last said where one was asked again. */
export function probeTable({ prompts, answers }: Probes, folds: number): ProbeTable {
  const fold = answers.at(-1)?.fold ?? 0;
  const inOrder = newestLooks(answers);
  const count = NUMBERS[prompts.length] ?? formatCount(prompts.length);
  return {
    title: `${count} ${prompts.length === 1 ? 'prompt' : 'prompts'}, after each pass`,
    fold: folds === 1 ? null : fold >= folds ? 'the final fit' : `fold ${fold + 1}`,
    columns: inOrder.map(({ epoch }) => ({ name: lookName(epoch) })),
    rows: prompts.map((prompt, at) => ({ prompt, answers: inOrder.map(({ texts }) => texts[at] ?? '') })),
  };
}

/** The looks of the newest training in their order, the last one of each moment. */
export function newestLooks(answers: readonly ProbeAnswers[]): ProbeAnswers[] {
  const fold = answers.at(-1)?.fold ?? 0;
  const looks = new Map(answers.filter((one) => one.fold === fold).map((one) => [one.epoch, one]));
  return [...looks.values()].sort((a, b) => a.epoch - b.epoch);
}

/** When a look was: «Before», «Pass 2». */
export function lookName(epoch: number): string {
  if (epoch === 0) return 'Before';
  return `Pass ${formatCount(Math.round(epoch * 100) / 100)}`;
}
