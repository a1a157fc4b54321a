/** Rows as JSON lines, in pieces: one string cannot hold a gigabyte. */
import type { Row, Task } from '../../../core/data/dataset';

const ROWS_PER_PIECE = 10_000;

/** `{"text", "label"}` lines for classification, `{"prompt", "completion"}` lines for generation; each piece ends in a line feed. */
export function rowsToJsonl(rows: readonly Row[], task: Task): string[] {
  const line =
    task === 'classification'
      ? ({ text, target }: Row) => JSON.stringify({ text, label: target })
      : ({ text, target }: Row) => JSON.stringify({ prompt: text, completion: target });
  const pieces: string[] = [];
  for (let start = 0; start < rows.length; start += ROWS_PER_PIECE) {
    const part = rows.slice(start, start + ROWS_PER_PIECE);
    pieces.push(part.map((row) => `${line(row)}\n`).join(''));
  }
  return pieces;
}
