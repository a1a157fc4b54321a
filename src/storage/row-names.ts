/**
 * The step that gives rows their ids in a database of version 0.1, and moves the rows of findings into their own store.
 * It goes by cursor, one chunk at a time, in the transaction of the upgrade: broken off, it leaves all as it was.
 *
 * A row of then knows its line and nothing else that names it, so its id is that line, or the next number where rows
 * share one: what reading the file again gives it too.
 */
import type { Dataset, DatasetVersion, Row, RowSpan } from '../core/data/dataset';
import type { Finding } from '../core/data/finding';
import { packRows } from '../core/data/row-set';
import type { Upgrade } from './schema';
import { countedRecords, type TellUpgrade } from './upgrade-progress';

type OldFinding = Omit<Finding, 'rowCount' | 'capped'> & { lines: number[]; hasRows?: boolean };
type OldVersion = Omit<DatasetVersion, 'chunks' | 'findings'> & { findings: OldFinding[] };
type OldDataset = Omit<Dataset, 'versions' | 'nextRowId'> & { versions: OldVersion[] };
type OldRow = Omit<Row, 'rowId'>;

/** Tells of the chunks of rows that have their ids. */
export async function nameRows(transaction: Upgrade, tell: TellUpgrade): Promise<void> {
  const count = await countedRecords(transaction, 'rows', tell);
  for await (const cursor of transaction.objectStore('datasets')) {
    // The schema's types are of the newest version; what stands here was written before.
    const dataset = cursor.value as unknown as OldDataset;
    const versions: DatasetVersion[] = [];
    let nextRowId = 0;
    for (const version of dataset.versions) {
      const named = await nameVersion(transaction, dataset.id, version, count);
      versions.push(named.version);
      nextRowId = Math.max(nextRowId, named.nextRowId);
    }
    await cursor.update({ ...dataset, versions, nextRowId });
  }
}

async function nameVersion(
  transaction: Upgrade,
  datasetId: string,
  version: OldVersion,
  count: () => void,
): Promise<{ version: DatasetVersion; nextRowId: number }> {
  const lines = version.findings.map((finding) => new Set(finding.lines));
  const rowIds = version.findings.map((): number[] => []);
  const chunks: RowSpan[] = [];
  let nextRowId = 0;
  const all = IDBKeyRange.bound([datasetId, version.number], [datasetId, version.number, []]);
  for await (const cursor of transaction.objectStore('rows').iterate(all)) {
    const rows = cursor.value.rows.map((row: OldRow): Row => {
      const rowId = Math.max(nextRowId, row.line);
      nextRowId = rowId + 1;
      for (const [i, own] of lines.entries()) if (own.has(row.line)) rowIds[i]?.push(rowId);
      return { ...row, rowId };
    });
    chunks.push({ firstRowId: rows[0]?.rowId ?? 0, rows: rows.length });
    await cursor.update({ ...cursor.value, rows });
    count();
  }
  const findings: Finding[] = [];
  for (const [i, { lines, hasRows: _, ...finding }] of version.findings.entries()) {
    const own = packRows(rowIds[i] ?? []);
    // Found again under another reading, a line that was left out is a row of its number.
    for (const line of lines) nextRowId = Math.max(nextRowId, line + 1);
    findings.push({
      ...finding,
      rowCount: own.count,
      ...(lines.length > 0 && finding.count > lines.length && { capped: true }),
    });
    if (lines.length === 0) continue;
    const place = { datasetId, version: version.number, findingId: finding.id };
    await transaction.objectStore('findingRows').put({ ...place, rowIds: own, lines: packRows(lines) });
  }
  return { version: { ...version, chunks, findings }, nextRowId };
}
