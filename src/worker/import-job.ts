/**
 * One import, from bytes to a saved data set. Everything is written in one transaction at the end: an import that
 * is cut short anywhere leaves nothing behind.
 */
import type { Dataset, Row } from '../core/data/dataset';
import type { Task } from '../core/data/mapping';
import { fingerprintRows } from '../core/data/fingerprint';
import type { Mapping } from '../core/data/mapping';
import { importDataset } from '../core/import/import';
import { countParts } from '../core/settings/test-part';
import { AppError } from '../core/errors';
import { type ImportPhase, importShare } from '../core/import/progress';
import type { FoundFinding } from '../core/data/finding';
import { DEFAULT_MODEL_ID } from '../core/models/registry';
import { placeFindings, type PlacedFinding } from '../core/quality/places';
import { NOT_CHECKED, notChecked } from '../core/quality/not-checked';
import { bySeverity } from '../core/quality/registry';
import { detectLanguage } from '../core/text/detect-language';
import { tallyLanguages } from '../core/text/language-tally';
import type { Tokenizer } from '../core/text/tokenizer';
import { getDataset, getFile, listDatasets, MAX_KEPT_FILE_BYTES, saveDataset } from '../storage/datasets';
import { getRows } from '../storage/rows';
import { addTokenCounts, addVersion, type FindingSets, type VersionRecord } from '../storage/versions';
import type { HoneDatabase } from '../storage/schema';
import { chunksOf } from './chunks';
import type { DataCommand, DataEvent } from './protocol';
import { checkTokens, TOKEN_FINDINGS, type TokenChecks } from './token-checks';

export interface ImportPorts {
  database: HoneDatabase;
  post(event: DataEvent): void;
  /** Milliseconds since 1970. */
  now(): number;
  newId(): string;
  /** The default model's tokenizer; what fails here costs the checks that need it, never the import. */
  tokenizer(): Promise<Tokenizer>;
  /** Resolves after so many milliseconds. */
  wait(ms: number): Promise<void>;
}

type Import = Extract<DataCommand, { type: 'import' }>;
type Reread = Extract<DataCommand, { type: 'reread' }>;

type Recheck = Extract<DataCommand, { type: 'recheck' }>;

/** So long a file that is read waits for a tokenizer that has not come yet. */
const PATIENCE_MS = 10_000;

/**
 * Reads a file into a new data set. The same file again gives the data set that is there; another file with the same
 * usable rows does not, since it has faults or a name of its own.
 */
export async function runImport(ports: ImportPorts, command: Import): Promise<void> {
  const { requestId, blob, fileName } = command;
  const progress = new ProgressEvents(ports, requestId, blob.size);
  const read = await readRows(ports, progress, blob, fileName, command);
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
    versions: [
      {
        ...read.version,
        number: 1,
        createdAt: now,
        note: `Opened ${fileName}`,
        rowCount: read.rows.length,
        chunks: [],
      },
    ],
    nextRowId: read.nextRowId,
    sample: command.sample,
  };
  const file = blob.size <= MAX_KEPT_FILE_BYTES ? { fileName, bytes: new Uint8Array(await blob.arrayBuffer()) } : null;
  const { rows, tokenCounts, findingRows } = read;
  const onRows = (saved: number): void => progress.saving(saved);
  const saved = await saveDataset(ports.database, { dataset, rows, tokenCounts, findingRows, file, onRows });
  ports.post({ type: 'imported', requestId, dataset: saved, already: false });
}

/** Reads the kept file of a data set under another mapping or for another task: a new version of it. */
export async function runReread(ports: ImportPorts, command: Reread): Promise<void> {
  const { requestId, datasetId } = command;
  const file = await getFile(ports.database, datasetId);
  if (!file) {
    throw new AppError(
      'not-found',
      'The file of this data set is not here: it is over 64 MB, or the set came with a run bundle, which holds its rows alone. Open the file again.',
    );
  }
  const blob = new Blob([Uint8Array.from(file.bytes)]);
  const progress = new ProgressEvents(ports, requestId, blob.size);
  const read = await readRows(ports, progress, blob, file.fileName, command);
  const version = { ...read.version, createdAt: ports.now(), note: `Read ${file.fileName} again` };
  const onRows = (saved: number): void => progress.saving(saved);
  const changed = await addVersion(ports.database, datasetId, { ...read, version, onRows });
  ports.post({ type: 'imported', requestId, dataset: changed, already: false });
}

/** Counts the tokens of a version that was saved without, and puts what they show into its record. */
export async function runRecheck(ports: ImportPorts, { requestId, datasetId, version }: Recheck): Promise<void> {
  const tokenizer = await ports.tokenizer();
  const found = await getDataset(ports.database, datasetId);
  const record = found?.versions.find(({ number }) => number === version);
  if (!found || !record) throw new AppError('not-found', 'This data set is not in this browser any more.');
  const rows = await getRows(ports.database, found, version);
  const { findings, coverage, ...counted } = checkTokens(rows, found.task, tokenizer);
  const others = record.findings.filter(({ id }) => id !== NOT_CHECKED && !TOKEN_FINDINGS.includes(id));
  const placed = placeFindings(findings, rows);
  const dataset = await addTokenCounts(ports.database, datasetId, version, {
    ...counted,
    coverage: { ...record.coverage, [DEFAULT_MODEL_ID]: coverage },
    findings: bySeverity([...others, ...placed.map(({ finding }) => finding)]),
    findingRows: setsOf(placed),
  });
  ports.post({ type: 'rechecked', requestId, dataset });
}

/** Posts how far an import is while it works, at most some hundred times a phase. */
class ProgressEvents {
  readonly #post: ImportPorts['post'];
  readonly #requestId: string;
  readonly #bytesTotal: number;
  #bytesRead = 0;
  #rows = 0;

  constructor({ post }: Pick<ImportPorts, 'post'>, requestId: string, bytesTotal: number) {
    this.#post = post;
    this.#requestId = requestId;
    this.#bytesTotal = bytesTotal;
    this.reading(0, 0);
  }

  reading(bytesRead: number, rows: number): void {
    this.#bytesRead = bytesRead;
    this.#rows = rows;
    this.#postEvent('reading', bytesRead / Math.max(1, this.#bytesTotal), rows);
  }

  checking(share: number): void {
    this.#postEvent('checking', share, this.#rows);
  }

  waiting(): void {
    this.#postEvent('waiting', 0, this.#rows);
  }

  counting(rows: number): void {
    this.#postEvent('counting', rows / Math.max(1, this.#rows), rows);
  }

  saving(rows: number): void {
    this.#postEvent('saving', rows / Math.max(1, this.#rows), rows);
  }

  #postEvent(phase: ImportPhase, done: number, rows: number): void {
    const [bytesRead, bytesTotal] = [this.#bytesRead, this.#bytesTotal];
    const progress = importShare(phase, done);
    this.#post({ type: 'import-progress', requestId: this.#requestId, phase, progress, bytesRead, bytesTotal, rows });
  }
}

interface ReadRows {
  rows: Row[];
  task: Task;
  tokenCounts: Int32Array | null;
  nextRowId: number;
  version: Omit<VersionRecord, 'createdAt' | 'note'>;
  findingRows: FindingSets[];
}

async function readRows(
  ports: ImportPorts,
  progress: ProgressEvents,
  blob: Blob,
  fileName: string,
  { mapping, task }: { mapping: Partial<Mapping> | null; task: Task | null },
): Promise<ReadRows> {
  // Asked for at once, and not waited for before the file is read.
  const coming = awaitTokenizer(ports);
  // A file that is refused meanwhile is what is told; else its fault is heard below.
  coming.catch(() => undefined);
  const result = await importDataset(chunksOf(blob), {
    fileName,
    fileBytes: blob.size,
    mapping: mapping ?? undefined,
    task: task ?? undefined,
    onProgress: (bytesRead, rows) => progress.reading(bytesRead, rows),
    onCheck: (share) => progress.checking(share),
  });
  const { rows } = result;
  const checks = await runTokenChecks(ports, progress, { rows, task: result.task }, coming);
  const placed = placeFindings(bySeverity([...result.findings, ...checks.findings]), rows);
  return {
    rows,
    nextRowId: result.nextRowId,
    task: result.task,
    tokenCounts: checks.tokenCounts,
    version: {
      fileName,
      fileBytes: blob.size,
      format: result.mapping.format,
      mapping: result.mapping,
      leftOut: result.leftOut,
      leftOutReasons: result.leftOutReasons,
      sha256: fingerprintRows(rows, result.task),
      labels: result.labels,
      ...(rows.some(({ part }) => part !== undefined) && { parts: countParts(rows) }),
      findings: placed.map(({ finding }) => finding),
      ...(checks.tokenTally && { tokenTally: checks.tokenTally, coverage: { [DEFAULT_MODEL_ID]: checks.coverage } }),
      languages: tallyLanguages(rows, detectLanguage),
      reading: result.reading,
    },
    findingRows: setsOf(placed),
  };
}

/** What is stored of where findings stand; those about the file as a whole stand nowhere. */
function setsOf(placed: readonly PlacedFinding[]): FindingSets[] {
  const some = placed.filter(({ lines }) => lines.count > 0);
  return some.map(({ finding, rowIds, lines }) => ({ findingId: finding.id, rowIds, lines }));
}

/** The tokenizer, or in a sentence why it did not come. Never rejects for a fault that the import can do without. */
async function awaitTokenizer(ports: ImportPorts): Promise<Tokenizer | string> {
  try {
    return await ports.tokenizer();
  } catch (error) {
    if (error instanceof AppError) return error.message;
    throw error;
  }
}

type Checked = TokenChecks | { tokenCounts: null; tokenTally: null; findings: FoundFinding[] };

/** The checks that need tokens, or a finding that says why they did not run. */
async function runTokenChecks(
  ports: ImportPorts,
  progress: ProgressEvents,
  { rows, task }: Pick<ReadRows, 'rows' | 'task'>,
  coming: Promise<Tokenizer | string>,
): Promise<Checked> {
  if (rows.length === 0) return { tokenCounts: null, tokenTally: null, findings: [] };
  progress.waiting();
  const late = `It did not come within ${PATIENCE_MS / 1000} s.`;
  const came = await Promise.race([coming, ports.wait(PATIENCE_MS).then(() => late)]);
  if (typeof came === 'string') return { tokenCounts: null, tokenTally: null, findings: [notChecked(came)] };
  return checkTokens(rows, task, came, (counted) => progress.counting(counted));
}
