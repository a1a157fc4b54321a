/**
 * From a model's folder to an encoder: manifest, shards and their hashes, tokenizer, and the parameters as tensors.
 * How a family names and lays out its parameters is the family's.
 */
import { AppError } from '../../core/errors';
import { Sha256 } from '../../core/formats/sha256';
import { halfToFloat } from '../../core/formats/float16';
import { type FileEntry, type ModelManifest, parseManifest } from '../../core/models/manifest';
import { createTokenizer, type Tokenizer } from '../../core/text/tokenizer';
import { placed } from '../device/placed';
import type { Architecture, Encoder } from './encoder';
import { findFamily } from './registry';
import { type NamedArray, parameter, type Weights } from './weights';

/** Where the files of one model come from: the network, a cache, a disk. */
export interface ModelSource {
  /** The bytes of a file of the model's folder; rejects with `model-missing` when it cannot be had. */
  read(file: string, signal: AbortSignal | undefined): Promise<Uint8Array<ArrayBuffer>>;
  /** Told when a file was damaged, so that the next attempt does not read the same bytes from a cache. */
  discard?(file: string): Promise<void>;
}

export interface LoadOptions {
  signal?: AbortSignal;
  /** Bytes of verified files so far and in all. */
  onProgress?: (progress: { bytesLoaded: number; bytesTotal: number }) => void;
}

/** A model on the device. Its weights are owned by the caller: `disposeWeights` when done. */
export interface Model extends Encoder {
  manifest: ModelManifest;
  tokenizer: Tokenizer;
}

/**
 * Loads, verifies and unpacks a model. Throws `model-missing` or `model-damaged`, naming the file; `cancelled` when
 * the signal fires.
 */
export async function loadModel(source: ModelSource, { signal, onProgress }: LoadOptions = {}): Promise<Model> {
  const manifestBytes = await readFile(source, 'manifest.json', signal);
  const manifest = parseManifest(new TextDecoder().decode(manifestBytes));
  const family = findFamily(manifest.architecture);
  const config = family.parseConfig(manifest.config);
  const { shards, tokenizer: tokenizerFile } = manifest;
  const bytesTotal = [tokenizerFile, ...shards].reduce((sum, { bytes }) => sum + bytes, 0);
  let bytesLoaded = 0;
  const readVerified = async (entry: FileEntry): Promise<Uint8Array<ArrayBuffer>> => {
    const bytes = await readFile(source, entry.file, signal);
    await verify(source, entry, bytes);
    bytesLoaded += bytes.length;
    onProgress?.({ bytesLoaded, bytesTotal });
    return bytes;
  };

  const tokenizerBytes = await readVerified(tokenizerFile);
  const tokenizer = createTokenizer(JSON.parse(new TextDecoder().decode(tokenizerBytes)));
  const packed = new Uint8Array(shards.reduce((sum, { bytes }) => sum + bytes, 0));
  let offset = 0;
  for (const shard of shards) {
    const bytes = await readVerified(shard);
    packed.set(bytes, offset);
    offset += bytes.length;
  }
  return { manifest, family, config, tokenizer, weights: unpack({ family, config }, manifest, packed) };
}

async function readFile(source: ModelSource, file: string, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  const stopped = (): AppError => new AppError('cancelled', 'Loading the model was stopped.');
  if (signal?.aborted) throw stopped();
  try {
    return await source.read(file, signal);
  } catch (error) {
    if (signal?.aborted) throw stopped();
    if (error instanceof AppError) throw error;
    throw new AppError('model-missing', `The model's file ${file} could not be loaded. Try again.`, {
      cause: error,
      details: { file },
    });
  }
}

async function verify(source: ModelSource, { file, bytes, sha256 }: FileEntry, data: Uint8Array<ArrayBuffer>) {
  const found = data.length === bytes ? await hash(data) : '';
  if (found === sha256) return;
  await source.discard?.(file);
  throw new AppError(
    'model-damaged',
    `The model's file ${file} is damaged: ${data.length.toLocaleString('en')} bytes came that are not the ` +
      `${bytes.toLocaleString('en')} expected. Load it again.`,
    { details: { file, expected: sha256, found } },
  );
}

async function hash(data: Uint8Array<ArrayBuffer>): Promise<string> {
  // A page that came over plain http from another machine has no crypto.subtle.
  if (!('subtle' in crypto)) return new Sha256().update(data).hex();
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', data));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function unpack(
  { family, config }: Architecture,
  { tensors }: ModelManifest,
  packed: Uint8Array<ArrayBuffer>,
): Weights {
  const files = function* (): Generator<NamedArray> {
    for (const { name, shape, byteOffset, byteLength } of tensors) {
      yield { name, shape, values: halfToFloat(new Uint16Array(packed.buffer, byteOffset, byteLength / 2)) };
    }
  };
  const weights = placeWeights(family.fromFiles(files()));
  for (const name of family.allNames(config)) parameter(weights, name);
  return weights;
}

/** Parameters in the engine's layout as tensors on the device. */
export function placeWeights(arrays: Iterable<NamedArray>): Weights {
  return new Map(Array.from(arrays, ({ name, shape, values }) => [name, placed(values, shape)]));
}
