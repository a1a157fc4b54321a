/**
 * From a model's folder to an encoder or a decoder: manifest, shards and their hashes, tokenizer, and the parameters as
 * tensors. How a family names and lays out its parameters is the family's.
 */
import { AppError } from '../../core/errors';
import { Sha256 } from '../../core/formats/sha256';
import { type FileEntry, type ModelManifest, parseManifest } from '../../core/models/manifest';
import { createTokenizer, type Tokenizer } from '../../core/text/tokenizer';
import { placed } from '../device/placed';
import { type Matrix, PackedMatrix } from '../ops/packed-matrix';
import { currentPath } from '../ops/path';
import type { Decoder, DecoderArchitecture } from './decoder';
import type { Architecture, Encoder, WordTable } from './encoder';
import { PackedTensors } from './packed-tensors';
import type { ModelFamily } from './family';
import { findDecoderFamily, findEncoderFamily, knownFamilies } from './registry';
import { isPacked, matrix, type NamedArray, type NamedBlocks, type Weights } from './weights';
import { WordRows } from './word-rows';

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

/** A model whose manifest and tokenizer were read, and whose weights were not. */
export interface OpenedModel extends Architecture {
  manifest: ModelManifest;
  tokenizer: Tokenizer;
  /** Loads and verifies its weights; throws as `readModel`. */
  read(): Promise<ReadModel>;
}

/** A model that was read and is not on the device. */
export interface ReadModel extends Architecture {
  manifest: ModelManifest;
  tokenizer: Tokenizer;
  tensors: PackedTensors;
}

/** A model on the device. Its weights are owned by the caller: `disposeWeights` when done. */
export interface Model extends Encoder {
  manifest: ModelManifest;
  tokenizer: Tokenizer;
}

/** Reads a model and puts all of it on the device; throws as `readModel`. */
export async function loadModel(source: ModelSource, options: LoadOptions = {}): Promise<Model> {
  const model = await readModel(source, options);
  const { manifest, tokenizer } = model;
  return { ...placeModel(model), manifest, tokenizer };
}

/** A decoder that was read and is not on the device. */
export interface ReadDecoder extends DecoderArchitecture {
  manifest: ModelManifest;
  /** Parsed, as core/text makes its tokenizer of it. */
  tokenizerJson: unknown;
  tensors: PackedTensors;
}

/**
 * Loads and verifies an encoder. Throws `model-missing` or `model-damaged`, naming the file, `model-unsupported` where
 * this version cannot compute it, and `cancelled` when the signal fires.
 */
export async function readModel(source: ModelSource, options: LoadOptions = {}): Promise<ReadModel> {
  return (await openModel(source, options)).read();
}

/** The same of an encoder but for its weights, which wait for `read`. */
export async function openModel(source: ModelSource, options: LoadOptions = {}): Promise<OpenedModel> {
  const { manifest, tokenizerJson, family, readTensors } = await openFiles(source, options, findEncoderFamily);
  const tokenizer = createTokenizer(tokenizerJson, manifest.tokenizer.prompt);
  const model = { manifest, family, config: family.parseConfig(manifest.config), tokenizer };
  return { ...model, read: async () => ({ ...model, tensors: await readTensors() }) };
}

/** Loads and verifies a decoder; throws as `readModel`. */
export async function readDecoder(source: ModelSource, options: LoadOptions = {}): Promise<ReadDecoder> {
  const { manifest, tokenizerJson, family, readTensors } = await openFiles(source, options, findDecoderFamily);
  const config = family.parseConfig(manifest.config);
  return { manifest, family, config, tokenizerJson, tensors: await readTensors() };
}

async function openFiles<F extends ModelFamily>(
  source: ModelSource,
  { signal, onProgress }: LoadOptions,
  find: (id: string) => F,
): Promise<{ manifest: ModelManifest; family: F; tokenizerJson: unknown; readTensors(): Promise<PackedTensors> }> {
  const manifestBytes = await readFile(source, 'manifest.json', signal);
  const manifest = parseManifest(new TextDecoder().decode(manifestBytes), knownFamilies());
  const family = find(manifest.architecture);
  family.parseConfig(manifest.config);
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
  const tokenizerJson: unknown = JSON.parse(new TextDecoder().decode(tokenizerBytes));
  const readTensors = async (): Promise<PackedTensors> => {
    const bytes: Uint8Array[] = [];
    for (const shard of shards) bytes.push(await readVerified(shard));
    return new PackedTensors(manifest.tensors, bytes);
  };
  return { manifest, family, tokenizerJson, readTensors };
}

/**
 * Puts a model on the device. With `texts`, the word table has only the rows of the ids in them; it has to be whole where
 * it is trained. On WebGPU the weights of linear layers stay in the blocks of the files. The weights are owned by the caller: `disposeWeights` when done.
 */
export function placeModel({ family, config, tensors }: ReadModel, texts?: Iterable<Int32Array>): Encoder {
  const words = texts && WordRows.of(texts, config.vocabSize);
  const unpacks = currentPath().kind === 'webgpu';
  const files = function* (): Generator<NamedArray | NamedBlocks> {
    for (const name of tensors.names) {
      if (words && name === family.wordTable) yield tensors.readRows(name, words.ids);
      else yield (unpacks && family.isLinearWeight(name) ? tensors.readBlocks(name) : null) ?? tensors.read(name);
    }
  };
  const weights = placeWeights(family.fromFiles(files()));
  for (const name of family.allNames(config)) matrix(weights, name);
  return { family, config, weights, words };
}

/**
 * Puts a decoder on the device. What is only applied as a product, and the word table, stay in the blocks of the files
 * where there are products for them. The weights are owned by the caller: `disposeWeights` when done.
 */
export function placeDecoder(model: Omit<ReadDecoder, 'manifest' | 'tokenizerJson'>): Decoder {
  const { family, config, tensors } = model;
  const weights = placeParameters(model, tensors.names);
  for (const name of family.allNames(config)) matrix(weights, name);
  return { family, config, weights };
}

/** The same of some of its parameters, by their names in its files. */
export function placeParameters(
  { family, config, tensors }: Omit<ReadDecoder, 'manifest' | 'tokenizerJson'>,
  names: Iterable<string>,
): Weights {
  const files = function* (): Generator<NamedArray | NamedBlocks> {
    for (const name of names) {
      yield (staysPacked({ family, config }, name) ? tensors.readBlocks(name) : null) ?? tensors.read(name);
    }
  };
  return placeWeights(family.fromFiles(files()));
}

/** True for a parameter of a decoder that may stay in the blocks of its file here. */
export function staysPacked({ family, config }: DecoderArchitecture, name: string): boolean {
  if (currentPath().kind === 'portable') return false;
  return family.isLinearWeight(name) || name === family.wordTable || name === family.outputTable(config);
}

/** Puts the rows of the ids in some texts on the device. Dispose the table when done. */
export function placeWords({ family, config, tensors }: ReadModel, texts: Iterable<Int32Array>): WordTable {
  const words = WordRows.of(texts, config.vocabSize);
  const { shape, values } = tensors.readRows(family.wordTable, words.ids);
  return { words, table: placed(values, shape) };
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

/** Parameters in the engine's layout on the device. */
export function placeWeights(arrays: Iterable<NamedArray | NamedBlocks>): Weights {
  return new Map(Array.from(arrays, (array) => [array.name, place(array)]));
}

function place(array: NamedArray | NamedBlocks): Matrix {
  return isPacked(array) ? new PackedMatrix(array.type, array.bytes, array.shape) : placed(array.values, array.shape);
}
