/**
 * From a model folder to tensors and back to plain arrays. The only place, with packing.ts, that knows how the files name
 * and lay out parameters: weights of linear layers are [outputs, inputs] there and [inputs, outputs] in the engine.
 */
import { AppError } from '../../../core/errors';
import { Sha256 } from '../../../core/formats/sha256';
import { halfToFloat } from '../../../core/formats/float16';
import { parseManifest, type FileEntry, type ModelManifest } from '../../../core/models/manifest';
import { createTokenizer, type Tokenizer } from '../../../core/text/tokenizer';
import { placed } from '../../device/placed';
import { allNames, isLinearWeight, type BertConfig } from './config';
import { parameter, type Weights } from '../weights';
import { packQkv } from './packing';
import type { NamedArray } from '../weights';

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

export interface BertModel {
  manifest: ModelManifest;
  config: BertConfig;
  tokenizer: Tokenizer;
  /** Owned by the caller: `disposeWeights` when done. */
  weights: Weights;
}

/** What of a model computes. */
export type Encoder = Pick<BertModel, 'config' | 'weights'>;

/**
 * Loads, verifies and unpacks a model. Throws `model-missing` or `model-damaged`, naming the file; `cancelled` when
 * the signal fires.
 */
export async function loadModel(source: ModelSource, { signal, onProgress }: LoadOptions = {}): Promise<BertModel> {
  const manifestBytes = await readFile(source, 'manifest.json', signal);
  const manifest = parseManifest(new TextDecoder().decode(manifestBytes));
  const { shards, tokenizer: tokenizerFile, config } = manifest;
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
  return { manifest, config, tokenizer, weights: unpack(manifest, packed) };
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

function unpack({ tensors, config }: ModelManifest, packed: Uint8Array<ArrayBuffer>): Weights {
  const files = function* (): Generator<NamedArray> {
    for (const { name, shape, byteOffset, byteLength } of tensors) {
      yield { name, shape, values: halfToFloat(new Uint16Array(packed.buffer, byteOffset, byteLength / 2)) };
    }
  };
  const weights = fromFiles(files());
  for (const name of allNames(config)) parameter(weights, name);
  return weights;
}

/** Tensors in the engine's layout and names from the parameters of a file. */
export function fromFiles(files: Iterable<NamedArray>): Weights {
  const turned = function* (): Generator<NamedArray> {
    for (const file of files) yield turn(file);
  };
  return new Map(Array.from(packQkv(turned()), ({ name, shape, values }) => [name, placed(values, shape)]));
}

/** From [outputs, inputs] to [inputs, outputs] where the name is a linear layer's weight. */
function turn({ name, shape, values }: NamedArray): NamedArray {
  const [outputs, inputs] = shape;
  if (!isLinearWeight(name) || outputs === undefined || inputs === undefined) return { name, shape, values };
  const turned = new Float32Array(values.length);
  for (let row = 0, i = 0; row < outputs; row++) {
    for (let column = 0; column < inputs; column++, i++) turned[column * outputs + row] = values[i] ?? 0;
  }
  return { name, shape: [inputs, outputs], values: turned };
}
