/**
 * A model that a person brought along, as the files that this browser keeps of every model: shards, tokenizer.json,
 * manifest.json. Values are copied from the person's files as they are stored there, a few megabytes at a time.
 */
import { deviceBytesOf } from '../formats/tensor-types';
import type { FileEntry, ModelManifest, TensorEntry } from './manifest';
import { type OwnModel, ownModelSize } from './own-model';
import { readOwnLines } from './own-tensors';

export const OWN_SHARD_BYTES = 16 * 1024 * 1024;
/** Read from the person's files at once. */
const CHUNK_BYTES = 4 * 1024 * 1024;

/** The weights in order, cut into shards. At most one of them and a chunk are in memory. */
export async function* ownShards(
  model: Pick<OwnModel, 'tensors'>,
  shardBytes = OWN_SHARD_BYTES,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let left = ownModelSize(model).bytes;
  let shard = new Uint8Array(Math.min(left, shardBytes));
  let filled = 0;
  for await (const chunk of chunksOf(model)) {
    for (let at = 0; at < chunk.length;) {
      const part = chunk.subarray(at, at + shard.length - filled);
      shard.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < shard.length) continue;
      yield shard;
      left -= filled;
      shard = new Uint8Array(Math.min(left, shardBytes));
      filled = 0;
    }
  }
}

async function* chunksOf({ tensors }: Pick<OwnModel, 'tensors'>): AsyncGenerator<Uint8Array> {
  for (const tensor of tensors) {
    const { shape, byteLength, turnedBy } = tensor;
    const [height = 1] = shape;
    // Blocks lie within lines, of which a vector is one; heads whose lines are in another order are read whole.
    const step = turnedBy ?? 1;
    const lines = Math.max(1, Math.floor((CHUNK_BYTES * height) / Math.max(1, byteLength) / step)) * step;
    const most = shape.length < 2 ? height : lines;
    for (let from = 0; from < height; from += most) yield readOwnLines(tensor, from, Math.min(height, from + most));
  }
}

export interface OwnFiles {
  id: string;
  /** Over all shards. */
  sha256: string;
  shards: FileEntry[];
  tokenizer: FileEntry;
}

/** Names of the shards, in their order. */
export function ownShardName(shard: number, shards: number): string {
  const number = (one: number): string => String(one).padStart(5, '0');
  return `model-${number(shard + 1)}-of-${number(shards)}.bin`;
}

/** What the page and the engine need to know of it, as of a built-in model. */
export function ownManifest(model: OwnModel, { id, sha256, shards, tokenizer: file }: OwnFiles): ModelManifest {
  const { kind, chatTemplate, bosToken, eosToken, endIds } = model.tokenizer;
  return {
    format: 'hone-model',
    version: 1,
    id,
    title: model.title,
    architecture: model.family,
    config: { ...model.config },
    tensors: model.tensors.map(({ name, shape, dtype, byteOffset, byteLength }) => {
      return { name, shape, dtype, byteOffset, byteLength };
    }),
    shards,
    tokenizer: {
      ...file,
      kind,
      prompt: model.task === 'encoder' ? model.prompt : '',
      ...(chatTemplate !== null && { chatTemplate }),
      ...(bosToken !== null && { bosToken }),
      ...(eosToken !== null && { eosToken }),
      endIds,
    },
    sha256,
    card: {
      task: model.task,
      goodAt: [],
      weakAt: [],
      languages: model.languages,
      parameters: ownModelSize(model).parameters,
      bytes: ownModelSize(model).bytes,
      maxTokens: model.task === 'encoder' ? model.maxTokens : model.config.maxPositions,
      licence: model.licence ?? '',
      source: `your own files, ${[...new Set(model.tensors.map(({ source }) => source.file))].join(', ')}`,
    },
  };
}

/** Bytes that its values take on a device, all of them placed. Training takes more. */
export function ownDeviceBytes({ tensors }: { tensors: readonly Pick<TensorEntry, 'dtype' | 'shape'>[] }): number {
  return tensors.reduce((sum, { dtype, shape }) => sum + deviceBytesOf(dtype, shape), 0);
}
