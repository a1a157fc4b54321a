/** A GGUF as a base model: config and tokenizer from its metadata. */
import type { ByteSource } from '../formats/byte-source';
import { type GgufHeader, readGguf } from '../formats/gguf';
import { damagedFile, unsupportedFile } from '../formats/stored-tensor';
import type { DecoderArchitecture, DecoderConfig } from './decoder-config';
import { huggingFaceName, turnedHeadSize } from './gguf-names';
import { parseRecord } from './own-json';
import type { OwnModel } from './own-model';
import { type FoundTensor, ownTensors } from './own-tensors';
import { languageCodes } from './own-card';
import { checkTokenizer, demandEnd, ggufTokenizer } from './own-tokenizer';
import { decoderShapes } from './parameter-shapes';

const ARCHITECTURES: readonly DecoderArchitecture[] = ['llama', 'qwen2', 'qwen3'];

/** Reads a GGUF. Throws as `readOwnModel`. */
export async function readOwnGguf(title: string, source: ByteSource): Promise<OwnModel> {
  const { file } = source;
  const header = await readGguf(source);
  const name = textOf(header, 'general.architecture');
  const architecture = ARCHITECTURES.find((known) => known === name);
  if (architecture === undefined) {
    const reason = `its architecture is «${name ?? 'not named'}»; known are ${ARCHITECTURES.join(', ')}`;
    throw unsupportedFile(file, reason, 'Choose a model of one of these.');
  }
  const type = textOf(header, 'general.type') ?? 'model';
  if (type !== 'model') throw unsupportedFile(file, `it holds ${type}, not a whole model`, 'Choose the model itself.');
  const config = configOf(file, header, architecture);
  const found = new Map<string, FoundTensor>();
  for (const tensor of header.tensors) {
    const known = huggingFaceName(tensor.name) ?? tensor.name;
    const turnedBy = turnedHeadSize(architecture, config, known);
    found.set(known, { ...tensor, source, turnedBy, skippedLines: 0 });
  }
  if (found.has('rope_freqs.weight')) {
    throw unsupportedFile(file, 'its positions are stretched (rope_freqs.weight)', 'Choose another model.');
  }
  const tensors = ownTensors(file, found, decoderShapes(config));
  const tokenizer = ggufTokenizer(file, header.metadata);
  checkTokenizer(file, parseRecord(file, tokenizer.json), ['bpe'], config.vocabSize);
  demandEnd(file, tokenizer);
  const licence = textOf(header, 'general.license');
  const languages = languageCodes(textsOf(header, 'general.languages'));
  return { title, licence, languages, task: 'decoder', family: 'llama', architecture, config, tensors, tokenizer };
}

function textOf({ metadata }: GgufHeader, key: string): string | null {
  const entry = metadata.get(key);
  return entry?.type === 'string' ? String(entry.value) : null;
}

function textsOf({ metadata }: GgufHeader, key: string): string[] {
  const entry = metadata.get(key);
  return entry?.type === 'array' ? [...entry.items].map(String) : [];
}

function configOf(file: string, header: GgufHeader, architecture: DecoderArchitecture): DecoderConfig {
  const { metadata, tensors } = header;
  const number = (key: string): number | undefined => {
    const entry = metadata.get(`${architecture}.${key}`);
    return entry !== undefined && entry.type !== 'array' && typeof entry.value === 'number' ? entry.value : undefined;
  };
  const need = (key: string): number => {
    const value = number(key);
    if (value !== undefined && Number.isSafeInteger(value) && value > 0) return value;
    throw damagedFile(file, `${architecture}.${key} is missing, or is not a whole number`);
  };
  const positive = (key: string, or?: number): number => {
    const value = number(key) ?? or;
    if (value !== undefined && Number.isFinite(value) && value > 0) return value;
    throw damagedFile(file, `${architecture}.${key} is missing, or is not a number above nought`);
  };
  const scaling = metadata.get(`${architecture}.rope.scaling.type`);
  if (scaling !== undefined && !(scaling.type === 'string' && scaling.value === 'none')) {
    throw unsupportedFile(file, 'its positions are stretched (rope.scaling)', 'Choose another model.');
  }
  const hiddenSize = need('embedding_length');
  const heads = need('attention.head_count');
  const headSize = number('attention.key_length') ?? hiddenSize / heads;
  const rotated = number('rope.dimension_count') ?? headSize;
  const keyValueHeads = number('attention.head_count_kv') ?? heads;
  const isWhole = Number.isSafeInteger(headSize) && headSize % 2 === 0 && headSize > 0;
  if (!isWhole || !Number.isSafeInteger(keyValueHeads) || keyValueHeads < 1 || heads % keyValueHeads !== 0) {
    throw damagedFile(file, `its ${heads} heads of ${headSize} in groups of ${keyValueHeads} fit no model`);
  }
  if (rotated !== headSize) {
    throw unsupportedFile(file, `only ${rotated} of ${headSize} values of a head are turned`, 'Choose another model.');
  }
  const table = tensors.find(({ name }) => name === 'token_embd.weight');
  return {
    vocabSize: table?.shape[0] ?? need('vocab_size'),
    hiddenSize,
    layers: need('block_count'),
    heads,
    keyValueHeads,
    headSize,
    intermediateSize: need('feed_forward_length'),
    maxPositions: need('context_length'),
    // The shortest decimal that is the same float32.
    rmsNormEps: Number(positive('attention.layer_norm_rms_epsilon').toPrecision(7)),
    ropeTheta: positive('rope.freq_base', 10_000),
    tiedEmbeddings: !tensors.some(({ name }) => name === 'output.weight'),
    ...(architecture === 'qwen2' && { attentionBias: true }),
    ...(architecture === 'qwen3' && { queryKeyNorm: true }),
  };
}
