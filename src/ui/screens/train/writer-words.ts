/** What is said of a model that writes answers, of rows it would learn from, and of how its answers are judged. Pure. */
import type { CheckSpec } from '../../../core/checks/check';
import { checkKind } from '../../../core/checks/registry';
import type { ModelEntry } from '../../../core/models/card';
import type { EvaluationPlan } from '../../../core/settings/settings';
import type { LanguageTally } from '../../../core/text/language-tally';
import { lengthAt, longestOf, rowsOver, talliedRows, type TokenTally } from '../../../core/text/token-tally';
import { formatAmount, formatBytes, formatCount } from '../../../core/words/numbers';
import { modelBytes } from '../../model-words';
import { shortCount, type SplitCounts } from './cost';
import { type CardLine, knownWords, languagesOfModel, NOT_SAID, strengthLines } from './encoder-words';

/** Fewer rows are learned by heart before anything else is learned of them. */
const FEW_ROWS = 50;

/** What is known of a model that writes before it is loaded. */
export function writerLines(model: ModelEntry, languages: LanguageTally | null): CardLine[] {
  const { card } = model;
  return [
    { name: 'For', words: 'writing: prompt to answer, chat' },
    ...strengthLines(card),
    { name: 'Languages', words: languagesOfModel(card.languages, languages) },
    { name: 'Size', words: `${shortCount(card.parameters)} values, ${formatBytes(modelBytes(model))}` },
    { name: 'Licence', words: card.licence || NOT_SAID },
    { name: 'Tokens', words: `up to ${formatCount(card.maxTokens)} of a conversation` },
  ];
}

/** What it would make of the rows; `lengths` null: they were not read with its tokenizer. */
export function writerRowLines(
  { card }: Pick<ModelEntry, 'card'>,
  { lengths, maxLength, languages }: { lengths: TokenTally | null; maxLength: number; languages: LanguageTally | null },
): CardLine[] {
  const lines: CardLine[] = [];
  if (lengths !== null && talliedRows(lengths) > 0) {
    const median = lengthAt(lengths, Math.floor(talliedRows(lengths) / 2));
    const longest = formatAmount(longestOf(lengths), 'token');
    lines.push({ name: 'Length', words: `half of them up to ${formatCount(median)}, the longest ${longest}` });
    const over = rowsOver(lengths, maxLength);
    const words = over === 0 ? 'no row' : `${formatAmount(over, 'row')} of more than ${formatCount(maxLength)} tokens`;
    lines.push({ name: 'Cut off', words });
  }
  lines.push({ name: 'Languages', words: knownWords(card.languages, languages) });
  return lines;
}

/** What is wrong with rows that are longer than the longest that is read; null where none is. */
export function cutWords(cutRows: number): { title: string; text: string } | null {
  if (cutRows === 0) return null;
  return {
    title: `${formatAmount(cutRows, 'row')} ${cutRows === 1 ? 'is' : 'are'} cut off at the end`,
    text: 'What is cut off is not learned: there the model would learn to stop in the middle of a sentence.',
  };
}

/** What so few rows lead to; null where there are enough. */
export function fewRowsWords(rows: number): { title: string; text: string } | null {
  if (rows >= FEW_ROWS) return null;
  return {
    title: `${formatAmount(rows, 'row')} ${rows === 1 ? 'is' : 'are'} few`,
    text: 'The model will learn them by heart before it learns what they have in common. It can be trained all the same; some hundred rows are a good beginning.',
  };
}

/** A check as it was chosen: its name, and what it asks for and why. */
export function checkWords({ kind, parameters, reason }: CheckSpec): { title: string; detail: string } {
  const known = checkKind(kind);
  const words = [known?.detail(parameters) ?? '', reason].filter((part) => part !== '');
  return { title: known?.title ?? kind, detail: words.join('. ') };
}

/** How the answers will be judged, in sentences. */
export function judgedWords({ training, test }: SplitCounts, { folds }: EvaluationPlan): string[] {
  const rows =
    folds > 1
      ? `Every row is kept apart once, in ${folds} folds, short and long answers alike; of each fold up to 100 rows are answered by the model before and after.`
      : `${formatAmount(test, 'row')}, short and long answers alike, ${test === 1 ? 'is' : 'are'} never trained on; up to 100 of them are answered by the model before and after. ${formatAmount(training, 'row')} ${training === 1 ? 'is' : 'are'} left to learn from.`;
  return [
    rows,
    'Compared with: the model given the nearest examples in its prompt, and the nearest training answer copied. Training has to beat both.',
  ];
}
