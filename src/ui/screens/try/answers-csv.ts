/** The answers to a whole file as CSV, safe for spreadsheets. Pure. */
import { toCsv } from '../../../core/formats/csv';
import type { Prediction } from './answer.svelte';
import type { TextFile } from './texts';

/** One row per text; `both` adds what features only would have answered. */
export function answersToCsv(file: TextFile, prediction: Prediction, both: boolean): string {
  const header = ['line', 'text', 'answer', 'confidence', ...(both ? ['answer_before', 'confidence_before'] : [])];
  return toCsv(
    header,
    file.texts.map((text, index) => {
      const now = surest(prediction.labels, prediction.tuned[index] ?? []);
      const before = surest(prediction.labels, prediction.base[index] ?? []);
      return [file.lines[index] ?? null, text, now.label, now.share, ...(both ? [before.label, before.share] : [])];
    }),
  );
}

/** The label with the highest probability. */
export function surest(labels: readonly string[], probabilities: readonly number[]): { label: string; share: number } {
  let best = 0;
  for (let i = 1; i < probabilities.length; i++) if ((probabilities[i] ?? 0) > (probabilities[best] ?? 0)) best = i;
  return { label: labels[best] ?? '', share: probabilities[best] ?? 0 };
}
