/**
 * One import, from bytes to a saved data set. Everything is written in one transaction at the end: an import that
 * is cut short anywhere leaves nothing behind.
 */
import type { Dataset, DatasetVersion, Row, Task } from '../core/data/dataset';
import { fingerprintRows } from '../core/data/fingerprint';
import type { Mapping } from '../core/data/formats';
import { importDataset } from '../core/data/import';
import { countParts } from '../core/data/test-part';
import { AppError } from '../core/errors';
import { gatherFacts } from '../core/quality/facts';
import type { Finding } from '../core/quality/finding';
import { bySeverity, DEFAULT_CONTEXT } from '../core/quality/registry';
import { tokenLimit } from '../core/quality/token-limit';
import { unreadable } from '../core/quality/unreadable';
import { type Surveys, surveyTexts } from '../core/text/surveys';
import type { Tokenizer } from '../core/text/tokenizer';
import { addVersion, getFile, listDatasets, MAX_KEPT_FILE_BYTES, saveDataset } from '../storage/datasets';
import type { HoneDatabase } from '../storage/schema';
import type { DataCommand, DataEvent } from './protocol';

export interface ImportPorts {
  database: HoneDatabase;
  post(event: DataEvent): void;
  /** Milliseconds since 1970. */
  now(): number;
  newId(): string;
  /** The default model's tokenizer; what fails here costs the token counts, never the import. */
  tokenizer(): Promise<Tokenizer>;
}

type Import = Extract<DataCommand, { type: 'import' }>;
type Reread = Extract<DataCommand, { type: 'reread' }>;

/** Longer texts are counted as this many tokens: far over every model's limit. */
const MAX_COUNTED_TOKENS = 10_000;

/**
 * Reads a file into a new data set. The same file again gives the data set that is there; another file with the same
 * usable rows does not, since it has faults or a name of its own.
 */
export async function runImport(ports: ImportPorts, command: Import): Promise<void> {
  const { requestId, blob, fileName } = command;
  const read = await readRows(ports, requestId, blob, fileName, command);
  const same = (await listDatasets(ports.database)).find((dataset) => {
    const version = dataset.versions.find(({ number }) => number === dataset.currentVersion);
    return (
      dataset.task === read.task &&
      version?.sha256 === read.version.sha256 &&
      version.fileName === fileName &&
      version.fileBytes === blob.size
    );
  });
  if (same) {
    ports.post({ type: 'imported', requestId, dataset: same, already: true });
    return;
  }
  const now = ports.now();
  const dataset: Dataset = {
    id: ports.newId(),
    name: command.name,
    task: read.task,
    createdAt: now,
    currentVersion: 1,
    versions: [{ ...read.version, number: 1, createdAt: now, note: `Opened ${fileName}` }],
    sample: command.sample,
  };
  const file = blob.size <= MAX_KEPT_FILE_BYTES ? { fileName, bytes: new Uint8Array(await blob.arrayBuffer()) } : null;
  await saveDataset(ports.database, { dataset, rows: read.rows, tokenCounts: read.tokenCounts, file });
  ports.post({ type: 'imported', requestId, dataset, already: false });
}

/** Reads the kept file of a data set under another mapping or for another task: a new version of it. */
export async function runReread(ports: ImportPorts, command: Reread): Promise<void> {
  const { requestId, datasetId } = command;
  const file = await getFile(ports.database, datasetId);
  if (!file) {
    throw new AppError('not-found', 'The file of this data set was not kept (it is over 64 MB). Open it again.');
  }
  const read = await readRows(ports, requestId, new Blob([Uint8Array.from(file.bytes)]), file.fileName, command);
  const version = { ...read.version, createdAt: ports.now(), note: `Read ${file.fileName} again` };
  const { task, rows, tokenCounts } = read;
  const changed = await addVersion(ports.database, datasetId, { task, version, rows, tokenCounts });
  ports.post({ type: 'imported', requestId, dataset: changed, already: false });
}

interface ReadRows {
  rows: Row[];
  task: Task;
  tokenCounts: Int32Array | null;
  version: Omit<DatasetVersion, 'number' | 'createdAt' | 'note'>;
}

async function readRows(
  { post, tokenizer }: ImportPorts,
  requestId: string,
  blob: Blob,
  fileName: string,
  { mapping, task }: { mapping: Partial<Mapping> | null; task: Task | null },
): Promise<ReadRows> {
  const tell = (bytesRead: number, rows: number): void =>
    post({ type: 'import-progress', requestId, bytesRead, bytesTotal: blob.size, rows });
  tell(0, 0);
  const result = await importDataset(chunksOf(blob), {
    fileName,
    fileBytes: blob.size,
    mapping: mapping ?? undefined,
    task: task ?? undefined,
    onProgress: tell,
  });
  const { rows } = result;
  const surveys = await survey(rows, tokenizer);
  const tokenCounts = surveys?.tokens ?? null;
  return {
    rows,
    task: result.task,
    tokenCounts,
    version: {
      fileName,
      fileBytes: blob.size,
      format: result.mapping.format,
      mapping: result.mapping,
      rowCount: rows.length,
      leftOut: result.leftOut,
      leftOutReasons: result.leftOutReasons,
      sha256: fingerprintRows(rows, result.task),
      labels: result.labels,
      ...(rows.some(({ part }) => part !== undefined) && { parts: countParts(rows) }),
      findings: withTokenFindings(result.findings, rows, result.task, surveys),
      reading: result.reading,
    },
  };
}

/** The import itself knows no tokens; what they show joins the other findings. */
function withTokenFindings(found: Finding[], rows: Row[], task: Task, surveys: Surveys | null): Finding[] {
  if (surveys === null || rows.length === 0) return found;
  const cut = tokenLimit(gatherFacts(rows, task, { ...DEFAULT_CONTEXT, tokenCounts: surveys.tokens }));
  const unread = unreadable({ rows, task, surveys });
  return bySeverity([...found, ...[unread, cut].filter((finding) => finding !== null)]);
}

async function survey(rows: Row[], getTokenizer: ImportPorts['tokenizer']): Promise<Surveys | null> {
  try {
    const tokenizer = await getTokenizer();
    return surveyTexts(rows, tokenizer, MAX_COUNTED_TOKENS);
  } catch (error) {
    // Offline before the first load of the model: the data set opens without its counts.
    if (error instanceof AppError) return null;
    throw error;
  }
}

/** Not every browser can iterate a stream. */
async function* chunksOf(blob: Blob): AsyncGenerator<Uint8Array> {
  const reader = blob.stream().getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
}
