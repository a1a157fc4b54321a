/** An adapter from the files that were written of it, as strictly as a model's: to be set beside the one that was trained. */
import type { ByteSource } from '../formats/byte-source';
import { readGguf } from '../formats/gguf';
import { readSafetensors } from '../formats/safetensors';
import { damagedFile, type StoredTensor } from '../formats/stored-tensor';
import { bytesOfValues, unpackValues } from '../formats/tensor-types';
import type { DecoderConfig } from '../models/decoder-config';
import { decoderArchitecture } from '../models/decoder-config';
import { huggingFaceName, lineOfGgufRow, turnedHeadSize } from '../models/gguf-names';
import type { LoraConfig } from '../models/lora';
import { readJson } from '../models/own-json';
import type { LoraAdapter, LoraModule } from './model-tensors';

/** From adapter_config.json and adapter_model.safetensors. Throws `model-damaged`. */
export async function readPeftAdapter(configFile: ByteSource, weights: ByteSource): Promise<LoraAdapter> {
  const json = await readJson(configFile);
  const {
    r: rank,
    lora_alpha: alpha,
    lora_dropout: dropout,
    use_rslora: rankStabilized,
    target_modules: targets,
  } = json;
  if (typeof rank !== 'number' || typeof alpha !== 'number' || typeof dropout !== 'number' || !Array.isArray(targets)) {
    throw damagedFile(configFile.file, 'it has no r, lora_alpha, lora_dropout or target_modules');
  }
  const config: LoraConfig = {
    ...{ rank, alpha, dropout, targetModules: targets.map(String) },
    rankStabilized: rankStabilized === true,
  };
  const pairs = new Map<string, Pair>();
  for (const tensor of (await readSafetensors(weights)).tensors) {
    const [, path, side] = /^base_model\.model\.(.+)\.lora_([AB])\.weight$/.exec(tensor.name) ?? [];
    if (path === undefined) throw damagedFile(weights.file, `«${tensor.name}» is no matrix of an adapter`);
    put(pairs, path, side === 'A' ? 'a' : 'b', await valuesOf(weights, tensor));
  }
  return { config, modules: modulesOf(weights.file, pairs, rank) };
}

/** From a GGUF, whose scaling is alpha by rank; `config` is the base's. Throws `model-damaged` and `model-unsupported`. */
export async function readGgufAdapter(source: ByteSource, base: DecoderConfig): Promise<LoraAdapter> {
  const { metadata, tensors } = await readGguf(source);
  const alpha = metadata.get('adapter.lora.alpha');
  if (alpha?.type !== 'float32') throw damagedFile(source.file, 'it does not say adapter.lora.alpha');
  const pairs = new Map<string, Pair>();
  const architecture = decoderArchitecture(base);
  for (const tensor of tensors) {
    const [, theirs = '', side] = /^(.+)\.lora_([ab])$/.exec(tensor.name) ?? [];
    const name = huggingFaceName(theirs);
    if (name === null) throw damagedFile(source.file, `«${tensor.name}» is no matrix of an adapter`);
    const read = await valuesOf(source, tensor);
    const headSize = side === 'b' ? turnedHeadSize(architecture, base, name) : null;
    const values = headSize === null ? read.values : turnedBack(read, headSize);
    put(pairs, name.replace(/\.weight$/, ''), side === 'a' ? 'a' : 'b', { ...read, values });
  }
  const [first] = pairs.values();
  const rank = first?.a?.shape[0] ?? 0;
  const modules = modulesOf(source.file, pairs, rank);
  const targetModules = [...new Set(modules.map(({ path }) => path.split('.').at(-1) ?? path))];
  const config = { rank, alpha: Number(alpha.value), dropout: 0, targetModules, rankStabilized: false };
  return { config, modules };
}

interface Matrix {
  shape: readonly number[];
  values: Float32Array;
}

type Pair = Partial<Record<'a' | 'b', Matrix>>;

function put(pairs: Map<string, Pair>, path: string, side: 'a' | 'b', matrix: Matrix): void {
  pairs.set(path, { ...pairs.get(path), [side]: matrix });
}

function modulesOf(file: string, pairs: ReadonlyMap<string, Pair>, rank: number): LoraModule[] {
  return Array.from(pairs, ([path, { a, b }]) => {
    const [outputs = 0] = b?.shape ?? [];
    const [, inputs = 0] = a?.shape ?? [];
    if (a?.shape.join() !== `${rank},${inputs}` || b?.shape.join() !== `${outputs},${rank}`) {
      throw damagedFile(file, `the adapter of ${path} is not of rank ${rank}`);
    }
    return { path, inputs, outputs, a: a.values, b: b.values };
  });
}

async function valuesOf(
  source: ByteSource,
  { name, shape, dtype, byteOffset, byteLength }: StoredTensor,
): Promise<Matrix> {
  const count = shape.reduce((product, side) => product * side, 1);
  if (dtype === null || bytesOfValues(dtype, count) !== byteLength)
    throw damagedFile(source.file, `«${name}» cannot be read`);
  const values = new Float32Array(count);
  unpackValues(dtype, await source.read(byteOffset, byteOffset + byteLength), values);
  return { shape, values };
}

/** Lines in Hugging Face's order, from lines in llama.cpp's. */
function turnedBack({ shape: [height = 0, width = 1], values }: Matrix, headSize: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let row = 0; row < height; row++) {
    result.set(values.subarray(row * width, (row + 1) * width), lineOfGgufRow(row, headSize) * width);
  }
  return result;
}
