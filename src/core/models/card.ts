/**
 * What is known of a built-in model before a byte of it is loaded: where it lies, what it is for, what it is bad at.
 */

import type { TensorTypeId } from '../formats/tensor-types';
import type { DecoderConfig } from './decoder-config';
import type { LoraChoice } from './lora';

/** Task kinds decide which engine folder and which training methods fit a model. */
export type ModelTask = 'encoder' | 'decoder';

export interface ModelCard {
  task: ModelTask;
  goodAt: string[];
  weakAt: string[];
  /** BCP 47 codes. */
  languages: string[];
  parameters: number;
  /** Size of all weight shards. */
  bytes: number;
  /** Longest text the model was trained for, in tokens, with those that the tokenizer or the chat template adds. */
  maxTokens: number;
  /** SPDX identifier of the weights' licence; empty where the files of one that was brought along name none. */
  licence: string;
  /** Where the weights come from, in words. */
  source: string;
}

/** The sizes that the page needs before the manifest is there: how many layers can be trained, how many values that is. */
export interface ModelShape {
  layers: number;
  hiddenSize: number;
  /** Values of one layer. */
  layerParameters: number;
  /** Inputs and outputs of a layer's modules that get an adapter, added up: times a rank, its values in a layer. */
  adapterWidths: Readonly<Record<LoraChoice['targets'], number>>;
}

export interface DecoderSizes {
  config: DecoderConfig;
  /** That its values take on a device. */
  deviceBytes: number;
}

/** What a model can be trained for. */
export type TaskKind = 'classification' | 'generation';

/** How texts become token ids. */
export type TokenizerKind = 'wordpiece' | 'unigram' | 'bpe';

export interface ModelEntry {
  id: string;
  title: string;
  /** The folder of the engine that computes it; manifests call it `architecture`. */
  family: string;
  tasks: readonly TaskKind[];
  tokenizer: TokenizerKind;
  /** In which types its values are stored. */
  dtypes: readonly TensorTypeId[];
  /** Folder with manifest.json, relative to the page; null of a model that a person brought along: it is in this browser alone. */
  folder: string | null;
  shape: ModelShape;
  /** Size of tokenizer.json, which comes on top of the weights and can be fetched alone. */
  tokenizerBytes: number;
  /** Of one that writes: what the memory of a step is counted from. */
  decoder?: DecoderSizes;
  card: ModelCard;
}
