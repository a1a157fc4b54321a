/**
 * The files of a model. Of a built-in one: from this browser's storage where they were kept and still have the hash that the
 * manifest names, else from beside the page. What was fetched is verified before it is kept. One that a person
 * brought along is in the storage alone.
 */
import { AppError } from '../core/errors';
import { formatBytes } from '../core/words/numbers';
import { type FileEntry, parseManifest } from '../core/models/manifest';
import { isOwnModel } from '../core/models/own-id';
import { findModel } from '../core/models/registry';
import { getModelFile, putModelFile } from '../storage/models';
import type { HoneDatabase } from '../storage/schema';
import type { ModelFiles } from './model-files';
import { ownModelSource } from './own-model-source';
import { sha256Of } from './sha256-of';

export interface ModelSourceOptions {
  database: HoneDatabase;
  modelId: string;
  /** The page's document base, beneath which the model's folder lies. */
  baseUrl: string;
  /** Bytes that came of the file being read, and its size. Not called for files that were kept. */
  onBytes?(file: string, loaded: number, total: number): void;
  /** Said once when the files cannot be kept: the run goes on, and the next start fetches them again. */
  onNotKept?(error: AppError): void;
  /** How long a server may send nothing. */
  silenceMs?: number;
}

const SILENCE_MS = 30_000;

const MANIFEST = 'manifest.json';
/** Texts beside the model that go along with what is made of it; the manifest has no hash of them. */
const NOTICES: readonly string[] = ['LICENSE', 'NOTICE'];

/** The source of a model's files. */
export function createModelSource(options: ModelSourceOptions): ModelFiles {
  const { database, modelId, baseUrl, onBytes, onNotKept, silenceMs = SILENCE_MS } = options;
  if (isOwnModel(modelId)) return ownModelSource(database, modelId);
  const folder = new URL(`${findModel(modelId).folder}/`, baseUrl);
  let entries: Map<string, FileEntry> | null = null;
  let keeping = true;

  const keep = async (file: string, bytes: Uint8Array<ArrayBuffer>, sha256: string): Promise<void> => {
    if (!keeping) return;
    try {
      await putModelFile(database, { key: `${modelId}/${file}`, sha256, bytes });
    } catch (error) {
      keeping = false;
      if (!(error instanceof AppError)) throw error;
      onNotKept?.(error);
    }
  };

  /** The network first, since it knows of a newer one; offline, the one that was kept. */
  const readText = async (file: string, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>> => {
    try {
      return await fetchBytes(new URL(file, folder), { signal, silenceMs });
    } catch (error) {
      const kept = signal?.aborted ? null : await getModelFile(database, `${modelId}/${file}`);
      if (!kept) throw error;
      return Uint8Array.from(kept.bytes);
    }
  };

  const readNotice = async (file: string, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>> => {
    const bytes = await readText(file, signal);
    await keep(file, bytes, await sha256Of(bytes));
    return bytes;
  };

  const readManifest = async (signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>> => {
    const bytes = await readText(MANIFEST, signal);
    const { shards, tokenizer } = parseManifest(new TextDecoder().decode(bytes));
    entries = new Map([...shards, tokenizer].map((entry) => [entry.file, entry]));
    await keep(MANIFEST, bytes, await sha256Of(bytes));
    return bytes;
  };

  return {
    async read(file, signal) {
      if (file === MANIFEST) return readManifest(signal);
      if (NOTICES.includes(file)) return readNotice(file, signal);
      if (entries === null) await readManifest(signal);
      const entry = entries?.get(file);
      if (!entry) throw new AppError('model-missing', `The model has no file ${file}.`, { details: { file } });
      const stored = await getModelFile(database, `${modelId}/${file}`);
      // By the bytes, not by the label they were kept under: what a disk damaged is fetched anew.
      if (stored?.sha256 === entry.sha256) {
        const bytes = Uint8Array.from(stored.bytes);
        if ((await sha256Of(bytes)) === entry.sha256) return bytes;
      }
      const onLoaded = (loaded: number): void => onBytes?.(file, loaded, entry.bytes);
      const kept = keeping ? ' What came whole before is kept and not loaded again.' : '';
      const bytes = await fetchBytes(new URL(file, folder), { signal, silenceMs, onLoaded, kept });
      const found = await sha256Of(bytes);
      if (found !== entry.sha256) {
        throw new AppError(
          'model-damaged',
          `The model's file ${file} came damaged: ${faultOf(bytes, found, entry)}. Try again; if it stays so, this copy ` +
            'of Hone has a wrong file.',
          { details: { file, expected: entry.sha256, found } },
        );
      }
      await keep(file, bytes, entry.sha256);
      return bytes;
    },
  };
}

/** What is wrong with bytes: their number, or only their checksum. */
function faultOf(bytes: Uint8Array, found: string, { bytes: expected, sha256 }: FileEntry): string {
  if (bytes.length !== expected) {
    return `${bytes.length.toLocaleString('en')} bytes came, and ${expected.toLocaleString('en')} are expected`;
  }
  const short = (hash: string): string => `${hash.slice(0, 8)}…`;
  return `its size is right and its checksum is not (SHA-256 ${short(found)}, expected ${short(sha256)})`;
}

interface FetchOptions {
  signal?: AbortSignal | undefined;
  silenceMs: number;
  /** A sentence on what is safe. */
  kept?: string;
  onLoaded?(bytes: number): void;
}

/** All bytes at an address, told as they come; a server that sends nothing for too long is given up. */
async function fetchBytes(
  url: URL,
  { signal, silenceMs, onLoaded, kept = '' }: FetchOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const file = url.pathname.split('/').at(-1) ?? '';
  const missing = (why: string, cause?: unknown): AppError =>
    new AppError('model-missing', `The model's file ${file} could not be loaded: ${why}.${kept} Try again.`, {
      cause,
      details: { file },
    });
  const abort = new AbortController();
  const stop = (): void => abort.abort();
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  let silent = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const listen = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      silent = true;
      stop();
    }, silenceMs);
  };
  const parts: Uint8Array[] = [];
  let loaded = 0;
  try {
    listen();
    const response = await fetch(url, { signal: abort.signal });
    if (!response.ok) throw missing(`the server answered ${response.status}`);
    if (!response.body) return new Uint8Array(await response.arrayBuffer());
    const reader = response.body.getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      listen();
      parts.push(next.value);
      loaded += next.value.length;
      onLoaded?.(loaded);
    }
  } catch (error) {
    if (signal?.aborted) throw new AppError('cancelled', 'Loading the model was stopped.');
    if (error instanceof AppError) throw error;
    if (!silent) throw missing('the connection failed', error);
    const seconds = Math.round(silenceMs / 1000);
    const after = loaded === 0 ? '' : `, after ${formatBytes(loaded)} of it`;
    throw missing(`the server sent nothing for ${seconds} s${after}`, error);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
  return joined(parts, loaded);
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}
