/** The answers to a whole file as CSV, safe for spreadsheets. */
import { csvLine } from '../../../core/formats/csv';
import { turnOfThePage } from '../../parts/turn';
import type { Prediction } from './answer.svelte';
import type { TextFile } from '../../../core/reading/read-texts';

/** Written in one go; the page has its turn in between. */
const STRIDE_ROWS = 5000;

/** One line per row of the file, those without a text with the reason; `both` adds what features only would have answered. */
export async function answersToCsv(file: TextFile, prediction: Prediction, both: boolean): Promise<string> {
  const { labels, tuned, base } = prediction;
  const unread = file.read < file.rows.length;
  const before = both ? ['answer_before', 'confidence_before'] : [];
  let csv = csvLine(['line', 'text', 'answer', 'confidence', ...before, ...(unread ? ['not_read'] : [])]);
  let answered = 0;
  for (const [index, { line, text, reason }] of file.rows.entries()) {
    if (index > 0 && index % STRIDE_ROWS === 0) await turnOfThePage();
    const cells: (string | number | null)[] = [line, text];
    for (const probabilities of both ? [tuned, base] : [tuned]) {
      const answer = text === null ? null : surest(labels, probabilities[answered] ?? []);
      cells.push(answer?.label ?? null, answer?.share ?? null);
    }
    if (unread) cells.push(reason);
    csv += csvLine(cells);
    if (text !== null) answered += 1;
  }
  return csv;
}

/** The label with the highest probability. */
export function surest(labels: readonly string[], probabilities: readonly number[]): { label: string; share: number } {
  let best = 0;
  for (let i = 1; i < probabilities.length; i++) if ((probabilities[i] ?? 0) > (probabilities[best] ?? 0)) best = i;
  return { label: labels[best] ?? '', share: probabilities[best] ?? 0 };
}
