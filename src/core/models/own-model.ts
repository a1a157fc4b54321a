/**
 * A base model that a person brings along: a Hugging Face folder or a GGUF. What is read is a description, as a manifest
 * gives one of a built-in model: family, config, tokenizer, and for every parameter its type and place. An allow-list by
 * architecture and by the parameters' names and shapes: what is not known is refused, with what it is.
 */
import { unpackValues } from '../formats/tensor-types';
import type { DecoderConfig } from './decoder-config';
import { type OwnTensor, readOwnLines, valuesInLines } from './own-tensors';
import type { OwnNotices } from './own-notices';
import type { OwnTokenizer } from './own-tokenizer';
import type { OwnClassifier } from './own-classifier';
import type { BertShape } from './parameter-shapes';

interface OwnModelBase {
  title: string;
  /** As its card or metadata names it; null where neither says. It is shown, and not judged. */
  licence: string | null;
  /** BCP 47 codes that its card or metadata names; none where neither does. */
  languages: string[];
  /** What Hugging Face and llama.cpp call its kind. */
  architecture: string;
  /** In the order of `byteOffset`, as a manifest has them. */
  tensors: OwnTensor[];
  tokenizer: OwnTokenizer;
  /** The texts of its licence and notice, which go along with what is made of it; absent where its files have none. */
  notices?: OwnNotices;
}

export interface OwnDecoder extends OwnModelBase {
  task: 'decoder';
  family: 'llama';
  config: DecoderConfig;
}

export interface OwnEncoder extends OwnModelBase {
  task: 'encoder';
  family: 'bert';
  config: BertShape;
  /** Longest text that it was made for, in tokens. */
  maxTokens: number;
  /** What stands before each text; empty for most. */
  prompt: string;
  /** The head that sorts texts, where the folder is a classifier's; its encoder can be used without. */
  classifier?: OwnClassifier | undefined;
  /** Why such a head cannot be used here, in words; absent where it can, or there is none. */
  noClassifier?: string | undefined;
}

export type OwnModel = OwnDecoder | OwnEncoder;

/** Bytes of all parameters as they are stored, and how many values they are. */
export function ownModelSize({ tensors }: Pick<OwnModel, 'tensors'>): { bytes: number; parameters: number } {
  return {
    bytes: tensors.reduce((sum, { byteLength }) => sum + byteLength, 0),
    parameters: tensors.reduce((sum, tensor) => sum + valuesInLines(tensor, tensor.shape[0] ?? 1), 0),
  };
}

/** A parameter's bytes as its type stores them, lines in Hugging Face's order: what a shard of a built-in model would have. */
export function readOwnTensor(tensor: OwnTensor): Promise<Uint8Array> {
  return readOwnLines(tensor, 0, tensor.shape[0] ?? 1);
}

/** Some lines of a parameter in float32. */
export async function readOwnValues(tensor: OwnTensor, from = 0, to = tensor.shape[0] ?? 1): Promise<Float32Array> {
  const values = new Float32Array(valuesInLines(tensor, to - from));
  unpackValues(tensor.dtype, await readOwnLines(tensor, from, to), values);
  return values;
}
