/** The answers to a whole file as CSV, safe for spreadsheets. */
import { csvLine } from '../../../core/formats/csv';
import { turnOfThePage } from '../../parts/turn';
import type { Prediction } from './answer.svelte';
import type { TextFile } from './texts';

/** Written in one go; the page has its turn in between. */
const STRIDE_ROWS = 5000;

/** One row per text; `both` adds what features only would have answered. */
export async function answersToCsv(file: TextFile, prediction: Prediction, both: boolean): Promise<string> {
  const { labels, tuned, base } = prediction;
  const header = ['line', 'text', 'answer', 'confidence', ...(both ? ['answer_before', 'confidence_before'] : [])];
  let csv = csvLine(header);
  for (const [index, text] of file.texts.entries()) {
    if (index > 0 && index % STRIDE_ROWS === 0) await turnOfThePage();
    const now = surest(labels, tuned[index] ?? []);
    const before = surest(labels, base[index] ?? []);
    csv += csvLine([
      file.lines[index] ?? null,
      text,
      now.label,
      now.share,
      ...(both ? [before.label, before.share] : []),
    ]);
  }
  return csv;
}

/** The label with the highest probability. */
export function surest(labels: readonly string[], probabilities: readonly number[]): { label: string; share: number } {
  let best = 0;
  for (let i = 1; i < probabilities.length; i++) if ((probabilities[i] ?? 0) > (probabilities[best] ?? 0)) best = i;
  return { label: labels[best] ?? '', share: probabilities[best] ?? 0 };
}
