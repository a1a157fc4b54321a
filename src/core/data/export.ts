/**
 * Rows as a JSONL file, in the form that the next tool reads without a question.
 */
import type { Row } from './dataset';
import type { Task } from './mapping';

const CHUNK_CHARACTERS = 64 * 1024;

/** One row as its line of JSON, without a line end: `{"text","label"}`, or `{"prompt","completion"}` for generation. */
export function rowToJson(row: Row, task: Task): string {
  const { text, target } = row;
  return JSON.stringify(task === 'classification' ? { text, label: target } : { prompt: text, completion: target });
}

/** All rows as JSONL, in UTF-8 chunks of about 64 KiB. */
export function* rowsToJsonl(rows: Iterable<Row>, task: Task): Generator<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  let text = '';
  for (const row of rows) {
    text += `${rowToJson(row, task)}\n`;
    if (text.length < CHUNK_CHARACTERS) continue;
    yield encoder.encode(text);
    text = '';
  }
  if (text !== '') yield encoder.encode(text);
}
