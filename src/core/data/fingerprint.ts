/**
 * The fingerprint of a version: SHA-256 of its exported JSONL. Anyone can check it with `sha256sum` on the export, and
 * the same rows have the same fingerprint whether they came as CSV or JSON.
 */
import type { Row } from './dataset';
import type { Task } from './mapping';
import { rowsToJsonl } from './export';
import { Sha256 } from '../formats/sha256';

/** SHA-256 (lower-case hex) over the usable rows in their order; line numbers do not count. */
export function fingerprintRows(rows: Iterable<Row>, task: Task): string {
  const hash = new Sha256();
  for (const chunk of rowsToJsonl(rows, task)) hash.update(chunk);
  return hash.hex();
}
