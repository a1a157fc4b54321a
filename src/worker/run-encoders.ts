/** The encoders of a run, loaded when something asks for them, and what stands for the labels in each one's tokens. */
import { AppError } from '../core/errors';
import { encodersOf } from '../core/models/encoders';
import type { ModelManifest } from '../core/models/manifest';
import { labelTexts } from '../core/recipes/label-text';
import type { FeatureStore } from '../core/run/experiment';
import type { RunRequest } from '../core/run/record';
import { methodDefinition } from '../core/settings/methods';
import type { Settings } from '../core/settings/settings';
import type { Tokenizer } from '../core/text/tokenizer';
import { distinctTexts } from '../engine/frozen/distinct-texts';
import { uncachedTexts } from '../engine/frozen/feature-cache';
import type { Encoder } from '../engine/models/encoder';
import { type OpenedModel, placeModel, type ReadModel } from '../engine/models/read-model';
import { disposeWeights } from '../engine/models/weights';
import { WordRows } from '../engine/models/word-rows';
import { classificationMethod } from '../engine/tasks/classification/registry';
import type { FurtherEncoder, LabelNames } from '../engine/tasks/classification/further-encoder';
import type { PreparedRun, TestPart } from './run-data';

/** The ids of the models that a request reads with, the first one first. */
export function encodersOfRequest(request: RunRequest): string[] {
  return encodersOf(request, methodDefinition(request.method).baseline !== 'features_only');
}

/** True where nothing is asked of the encoders but what they make of texts. */
export function onlyReadsTexts({ method, search }: Pick<RunRequest, 'method' | 'search'>): boolean {
  return !search && classificationMethod(method).needsReading;
}

/** Token ids of what stands for each label: its description, or its name where that is words. */
export function labelNames(
  { data }: Pick<PreparedRun, 'data'>,
  { labelDescriptions }: Pick<RunRequest, 'labelDescriptions'>,
  tokenizer: Tokenizer,
  maxLength: number,
): LabelNames {
  const texts = labelTexts(data.labels, labelDescriptions);
  return texts.map((text) => (text === null ? null : tokenizer.encode(text, maxLength)));
}

type EncoderTexts = Pick<FurtherEncoder, 'tokenIds' | 'names'>;

/** An encoder of a run. */
export interface RunEncoder extends FurtherEncoder {
  manifest: ModelManifest;
  /** Loads its files, so that `place` waits for nothing; throws as `readModel`. */
  load(): Promise<void>;
  place(): Promise<Encoder>;
  /** Lets the files go: it is placed no more. */
  close(): void;
}

/** A model that was opened, ready to read the rows of a run with, beside its first. */
export function furtherEncoder(
  model: OpenedModel,
  prepared: Pick<PreparedRun, 'data'> & { test: Pick<TestPart, 'data'> | null },
  request: Pick<RunRequest, 'labelDescriptions'>,
  { maxLength }: Pick<Settings, 'maxLength'>,
): RunEncoder {
  const { manifest, tokenizer } = model;
  // Of another model texts may be as long as that reads, and no longer.
  const most = Math.min(maxLength, manifest.card.maxTokens);
  const texts = [...prepared.data.texts, ...(prepared.test?.data.texts ?? [])];
  const tokenIds = texts.map((text) => tokenizer.encode(text, most));
  const own = { tokenIds, names: labelNames(prepared, request, tokenizer, most) };
  return runEncoder(model, own, allOf(own));
}

/** The first encoder of a run. It is placed once, however often that is asked for. */
export class FirstEncoder {
  readonly own: RunEncoder;
  /** Without weights until it is placed. */
  model: Encoder;
  #placed: Promise<Encoder> | null = null;

  constructor(
    opened: OpenedModel,
    prepared: Pick<PreparedRun, 'data'> & { test: Pick<TestPart, 'data'> | null },
    request: Pick<RunRequest, 'labelDescriptions'>,
    { maxLength, trainEmbeddings }: Pick<Settings, 'maxLength' | 'trainEmbeddings'>,
  ) {
    const { family, config, tokenizer } = opened;
    const tokenIds = [...prepared.data.tokenIds, ...(prepared.test?.data.tokenIds ?? [])];
    const texts = { tokenIds, names: labelNames(prepared, request, tokenizer, maxLength) };
    // All words where their table is trained, else those that occur, noisy copies included.
    const noisy = Object.values(prepared.data.noisy ?? {}).flat(2);
    const words = trainEmbeddings ? undefined : [...allOf(texts), ...noisy];
    this.own = runEncoder(opened, texts, words);
    this.model = { family, config, weights: new Map(), words: words && WordRows.of(words, config.vocabSize) };
  }

  place(): Promise<Encoder> {
    this.#placed ??= this.#place();
    return this.#placed;
  }

  async #place(): Promise<Encoder> {
    this.model = await this.own.place();
    this.own.close();
    return this.model;
  }

  dispose(): void {
    disposeWeights(this.model.weights);
  }
}

/** `words`: the texts whose words it has; undefined: all words. */
function runEncoder(model: OpenedModel, texts: EncoderTexts, words: Int32Array[] | undefined): RunEncoder {
  const { family, config, manifest } = model;
  let files: Promise<ReadModel> | null = null;
  let closed = false;
  const read = async (): Promise<ReadModel> => {
    if (closed) throw new AppError('internal', 'An encoder was asked for after it was let go.');
    return (files ??= model.read());
  };
  return {
    ...{
      family,
      config,
      manifest,
      id: manifest.id,
      sha256: manifest.sha256,
      maxTokens: manifest.card.maxTokens,
      ...texts,
    },
    load: async () => void (await read()),
    place: async () => placeModel(await read(), words),
    close() {
      closed = true;
      files = null;
    },
  };
}

/** True where something that an encoder is to read was not kept by a run before. */
export async function hasUnread(
  { config, sha256, tokenIds, names }: RunEncoder,
  { recipe }: Pick<Settings, 'recipe'>,
  store: FeatureStore,
): Promise<boolean> {
  const kept = { store, modelSha256: sha256 };
  // Names are not read where no recipe is chosen.
  for (const texts of [tokenIds, recipe === 'choose' ? present(names) : []]) {
    const unread = await uncachedTexts(distinctTexts(texts).tokenIds, config.hiddenSize, kept);
    if (unread.length > 0) return true;
  }
  return false;
}

function allOf({ tokenIds, names }: EncoderTexts): Int32Array[] {
  return [...tokenIds, ...present(names)];
}

function present(names: LabelNames): Int32Array[] {
  return names.filter((ids) => ids !== null);
}
