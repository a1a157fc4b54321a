/** What is said of a model that a person brought along before it is kept: plain data, as a worker tells it the page. */
import { ownDeviceBytes } from './own-files';
import { type OwnModel, ownModelSize } from './own-model';

export interface OwnSummary {
  title: string;
  task: OwnModel['task'];
  architecture: string;
  parameters: number;
  /** Of weights and tokenizer, as they will be kept. */
  bytes: number;
  /** That its values alone take on a device. */
  deviceBytes: number;
  /** Types of the values, as they are stored. */
  dtypes: string[];
  maxTokens: number;
  /** Tokens that it knows. */
  vocabSize: number;
  /** Null where its files do not say. */
  licence: string | null;
  languages: string[];
  /** Of a decoder: it has a chat template of its own; null of an encoder. */
  hasTemplate: boolean | null;
  /** Of an encoder: what a text's vector is; null of a decoder. */
  pooling: 'mean' | 'first' | null;
  /** What it sorts texts into; null where it has no head, or one that is not used here. */
  labels: string[] | null;
  /** Why the head that it has is not used here; null where it is, or there is none. */
  noHead: string | null;
}

/** The summary of a model whose headers were read. */
export function ownSummary(model: OwnModel): OwnSummary {
  const { title, task, architecture, tensors, tokenizer, licence, languages, config } = model;
  const { parameters, bytes } = ownModelSize(model);
  return {
    ...{ title, task, architecture, parameters, licence, languages },
    bytes: bytes + new TextEncoder().encode(tokenizer.json).length,
    deviceBytes: ownDeviceBytes(model),
    dtypes: [...new Set(tensors.map(({ dtype }) => dtype))],
    maxTokens: model.task === 'encoder' ? model.maxTokens : config.maxPositions,
    vocabSize: config.vocabSize,
    hasTemplate: model.task === 'decoder' ? tokenizer.chatTemplate !== null : null,
    pooling: model.task === 'encoder' ? (model.config.pooling ?? 'mean') : null,
    labels: (model.task === 'encoder' && model.classifier?.labels) || null,
    noHead: (model.task === 'encoder' && model.noClassifier) || null,
  };
}
