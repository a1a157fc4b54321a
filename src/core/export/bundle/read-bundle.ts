/**
 * A run bundle back into what it was made of, from its own bytes: each part against its sha256 while it is read, each record
 * against what the page reads of it, rows against their fingerprint. Throws `file-unreadable` with the part that is not right.
 */
import type { Dataset, Row } from '../../data/dataset';
import { fingerprintRows } from '../../data/fingerprint';
import { packRows } from '../../data/row-set';
import { AppError } from '../../errors';
import { Sha256 } from '../../formats/sha256';
import { parseReport } from '../../report/parse-report';
import type { KeptWeights } from '../../run/kept-weights';
import { formatBytes } from '../../words/numbers';
import { ABOUT_FILE, type BundleManifest, MANIFEST_FILE } from './manifest';
import { fromPlainJson } from './plain-json';
import { parseDataset, parseKept, parsePoint, parseRow, parseRun, parseVote, RecordFault } from './records';
import {
  type BundledFinding,
  type BundledSet,
  CURVE_FILE,
  datasetFile,
  findingsFile,
  onlyVersion,
  REPORT_FILE,
  RUN_FILE,
  type RunBundle,
  rowsFile,
  type SetFolder,
  TENSORS_FILE,
  VOTE_FILE,
  WEIGHTS_FILE,
} from './run-bundle';
import { readTensors } from './tensor-stream';

/**
 * Bytes of a part of JSON, and of a line: they are in memory whole. Real ones stay below: a run, a data set, a vote, what weights
 * are of take kilobytes, with a million labels or terms of characters tens of MB; a row has 32 MiB at most, as in its file, a
 * finding about 32 MB where it is of each of two million rows.
 */
const MOST_JSON_BYTES = 64e6;
/** A report has 200 to 800 bytes of each answered row; of 512 MB on, browsers make no text of it, and none is written. */
const MOST_REPORT_BYTES = 512e6;

/** Rows in memory. */
export interface ReadRows {
  rows: Row[];
  tokenCounts: Int32Array | null;
}

/** The files of a bundle, wherever they lie. */
export interface BundleParts {
  /** The bundle, as messages call it. */
  file: string;
  /** Bytes of a file; null where it is not there. */
  bytes(path: string): number | null;
  /** Its bytes in pieces, each valid until the next; null where it is not there. */
  open(path: string): AsyncIterable<Uint8Array> | null;
}

export interface ReadOptions {
  /** Between pieces: what was asked meanwhile comes in, and may throw. */
  turn?: (() => Promise<void>) | undefined;
  /** Bytes so far, of all that the manifest names. */
  tell?: ((bytes: number) => void) | undefined;
  /** It is looked after and not used: weights are not kept in memory. */
  checkOnly?: boolean;
  /** Bytes of a part of JSON but a report, and of a line, at most. */
  mostJson?: number;
}

/** Reads all of it. */
export async function readBundle(
  parts: BundleParts,
  manifest: BundleManifest,
  options: ReadOptions = {},
): Promise<RunBundle<ReadRows>> {
  const reader = new PartReader(parts, manifest, options);
  const run = await reader.value(RUN_FILE, parseRun);
  const report = reader.has(REPORT_FILE) ? await reader.value(REPORT_FILE, parseReport, AS_REPORT) : null;
  const voting = reader.has(VOTE_FILE) ? await reader.value(VOTE_FILE, parseVote) : null;
  const curve = reader.has(CURVE_FILE) ? await reader.lines(CURVE_FILE, parsePoint) : [];
  const data = await readSet(reader, 'data');
  const test = await readSet(reader, 'test');
  const weights = await readWeights(reader);
  // What nobody asked for is in it as it was written, all the same.
  for (const { path } of manifest.files) if (!reader.wasRead(path)) await reader.pass(path);
  const fits =
    run.id === manifest.run &&
    run.hasWeights === (weights !== null) &&
    (report === null || report.task === manifest.task) &&
    (weights === null || 'adapter' in weights === (manifest.task === 'generation'));
  if (!fits) throw reader.damaged(MANIFEST_FILE, 'it tells of another run');
  return { run, report, voting, curve, weights, data, test };
}

async function readSet(reader: PartReader, folder: SetFolder): Promise<BundledSet<ReadRows> | null> {
  if (!reader.has(datasetFile(folder))) return null;
  const dataset = await reader.value(datasetFile(folder), parseDataset);
  const path = rowsFile(folder);
  const tokens: number[] = [];
  const rows = await reader.lines(path, (value) => {
    const { tokens: counted, ...row } = parseRow(value);
    if (counted !== undefined) tokens.push(counted);
    return row;
  });
  demandRows(reader, path, dataset, rows);
  const findings = reader.has(findingsFile(folder)) ? await reader.lines(findingsFile(folder), findingOf) : [];
  // Of some rows alone they say nothing.
  const tokenCounts = tokens.length > 0 && tokens.length === rows.length ? Int32Array.from(tokens) : null;
  return { dataset, findings, rows: { rows, tokenCounts } };
}

function demandRows(reader: PartReader, path: string, dataset: Dataset, rows: readonly Row[]): void {
  const { rowCount, sha256, number } = onlyVersion(dataset);
  const isSound =
    dataset.currentVersion === number &&
    rows.length === rowCount &&
    rows.every(({ rowId }, i) => rowId > (rows[i - 1]?.rowId ?? -1) && rowId < dataset.nextRowId);
  if (!isSound) throw reader.damaged(path, 'its rows are not those of the data set beside it');
  if (fingerprintRows(rows, dataset.task) !== sha256) {
    throw reader.damaged(path, 'its rows have another fingerprint than the data set beside it');
  }
}

function findingOf(value: unknown): BundledFinding {
  const { id, rows, lines } = value as { id: unknown; rows: unknown; lines: unknown };
  if (typeof id !== 'string' || !areNumbers(rows) || !areNumbers(lines)) throw new RecordFault('a finding is none');
  return { findingId: id, rowIds: packRows(rows), lines: packRows(lines) };
}

function areNumbers(values: unknown): values is number[] {
  return Array.isArray(values) && values.every((one) => Number.isInteger(one) && one >= 0 && one < 2 ** 31);
}

async function readWeights(reader: PartReader): Promise<KeptWeights | null> {
  if (!reader.has(WEIGHTS_FILE)) return null;
  const tensors = await reader.tensors(TENSORS_FILE);
  const find = (name: string): Float32Array<ArrayBuffer> => {
    const values = tensors.get(name);
    if (values === undefined) throw new SyntaxError(`there is no «${name}» in ${TENSORS_FILE}`);
    return values;
  };
  return reader.value(WEIGHTS_FILE, parseKept, { read: (text) => fromPlainJson(text, find) });
}

/** How a part of JSON is read, and the most bytes that it may have. */
interface JsonReading {
  read?: (text: string) => unknown;
  most?: number;
}

const AS_REPORT: JsonReading = { read: JSON.parse, most: MOST_REPORT_BYTES };

/** Reads parts, each once, each to its end and against its sha256. */
class PartReader {
  readonly #parts: BundleParts;
  readonly #options: ReadOptions;
  readonly #most: number;
  readonly #files: ReadonlyMap<string, BundleManifest['files'][number]>;
  readonly #read = new Set<string>();
  #bytes = 0;

  constructor(parts: BundleParts, { files }: BundleManifest, options: ReadOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#most = options.mostJson ?? MOST_JSON_BYTES;
    this.#files = new Map(files.map((file) => [file.path, file]));
    if (!this.has(ABOUT_FILE) || this.#files.size !== files.length) {
      throw this.damaged(MANIFEST_FILE, 'it does not name what every bundle has, or something twice');
    }
    for (const { path, bytes } of files) {
      const there = parts.bytes(path);
      if (there === null) throw this.damaged(path, 'it is not there');
      if (there !== bytes) throw this.damaged(path, `it has ${there} bytes, and ${MANIFEST_FILE} names ${bytes}`);
    }
  }

  has(path: string): boolean {
    return this.#files.has(path);
  }

  wasRead(path: string): boolean {
    return this.#read.has(path);
  }

  /** A part of JSON. */
  async value<T>(
    path: string,
    parse: (value: unknown) => T,
    { read = (text) => fromPlainJson(text), most = this.#most }: JsonReading = {},
  ): Promise<T> {
    const bytes = this.#files.get(path)?.bytes ?? 0;
    if (bytes > most) throw this.damaged(path, `it is ${tooLong(bytes, most)}`);
    let text = '';
    for await (const piece of this.#text(path)) text += piece;
    return this.#parsed(path, () => parse(read(text)));
  }

  /** A part of JSON by lines. */
  async lines<T>(path: string, parse: (value: unknown) => T): Promise<T[]> {
    const all: T[] = [];
    const add = (line: string): void => {
      if (line !== '') all.push(this.#parsed(path, () => parse(fromPlainJson(line))));
    };
    let rest = '';
    for await (const piece of this.#text(path)) {
      // Only what came is looked through: a long line is joined once.
      const [end = '', ...begun] = piece.split('\n');
      rest += end;
      for (const next of begun) {
        add(rest);
        rest = next;
      }
      if (rest.length > this.#most) throw this.damaged(path, `a line of it is ${tooLong(rest.length, this.#most)}`);
    }
    add(rest);
    return all;
  }

  /** A part of tensors, by name. */
  async tensors(path: string): Promise<Map<string, Float32Array<ArrayBuffer>>> {
    try {
      return await readTensors(path, this.#files.get(path)?.bytes ?? 0, this.#pieces(path), this.#options.checkOnly);
    } catch (error) {
      if (!(error instanceof AppError && error.code.startsWith('model-'))) throw error;
      throw this.damaged(path, error.message, error);
    }
  }

  /** Reads a part for its checksum alone. */
  async pass(path: string): Promise<void> {
    for await (const _ of this.#pieces(path));
  }

  damaged(path: string, what: string, cause?: unknown): AppError {
    const { file } = this.#parts;
    return new AppError(
      'file-unreadable',
      `${file} could not be opened: ${path} in it is damaged: ${what}. Nothing was kept. Fetch the file again, or save the bundle anew where the run is.`,
      { cause, details: { file, part: path } },
    );
  }

  #parsed<T>(path: string, parse: () => T): T {
    try {
      return parse();
    } catch (error) {
      const isFault = error instanceof RecordFault || error instanceof SyntaxError || error instanceof TypeError;
      // A report says itself what of it does not fit.
      if (!isFault && !(error instanceof AppError && error.code === 'file-unreadable')) throw error;
      throw this.damaged(path, error.message.replace(/\.$/, ''), error);
    }
  }

  async *#text(path: string): AsyncGenerator<string> {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    const decode = (piece?: Uint8Array): string => {
      try {
        return piece === undefined ? decoder.decode() : decoder.decode(piece, { stream: true });
      } catch (cause) {
        throw this.damaged(path, 'it is not UTF-8', cause);
      }
    };
    for await (const piece of this.#pieces(path)) yield decode(piece);
    yield decode();
  }

  async *#pieces(path: string): AsyncGenerator<Uint8Array> {
    const listed = this.#files.get(path);
    const pieces = listed === undefined ? null : this.#parts.open(path);
    if (listed === undefined || pieces === null) throw this.damaged(path, 'it is not there');
    this.#read.add(path);
    const hash = new Sha256();
    let bytes = 0;
    for await (const piece of pieces) {
      await this.#options.turn?.();
      bytes += piece.length;
      if (bytes > listed.bytes) break;
      hash.update(piece);
      this.#options.tell?.((this.#bytes += piece.length));
      yield piece;
    }
    if (bytes !== listed.bytes || hash.hex() !== listed.sha256) {
      throw this.damaged(path, `its checksum is another than ${MANIFEST_FILE} names`);
    }
  }
}

function tooLong(bytes: number, most: number): string {
  return `${formatBytes(bytes)} in one piece, and ${formatBytes(most)} are read at most`;
}
