/** The encoders of a run beside the first, and what stands for the labels in each one's tokens. */
import { AppError } from '../core/errors';
import { encodersOf } from '../core/models/encoders';
import { labelTexts } from '../core/recipes/label-text';
import type { RunRequest } from '../core/run/record';
import { methodDefinition } from '../core/settings/methods';
import type { Settings } from '../core/settings/settings';
import type { Tokenizer } from '../core/text/tokenizer';
import { placeModel, type ReadModel } from '../engine/models/read-model';
import type { FurtherEncoder, LabelNames } from '../engine/tasks/classification/further-encoder';
import type { PreparedRun } from './run-data';

/** The ids of the models that a request reads with, the first one first. */
export function encodersOfRequest(request: RunRequest): string[] {
  return encodersOf(request, methodDefinition(request.method).baseline !== 'features_only');
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

/** A model that was read, ready to read the rows of a run with. Its files are let go with `close`. */
export function furtherEncoder(
  model: ReadModel,
  prepared: Pick<PreparedRun, 'data' | 'test'>,
  request: Pick<RunRequest, 'labelDescriptions'>,
  { maxLength }: Pick<Settings, 'maxLength'>,
): FurtherEncoder {
  const { family, config, manifest, tokenizer } = model;
  // Of another model texts may be as long as that reads, and no longer.
  const most = Math.min(maxLength, manifest.card.maxTokens);
  const texts = [...prepared.data.texts, ...(prepared.test?.data.texts ?? [])];
  const tokenIds = texts.map((text) => tokenizer.encode(text, most));
  const names = labelNames(prepared, request, tokenizer, most);
  let files: ReadModel | null = model;
  return {
    ...{ family, config, id: manifest.id, sha256: manifest.sha256, tokenIds, names },
    place() {
      if (files === null) throw new AppError('internal', 'An encoder was asked for after it was let go.');
      return placeModel(files, [...tokenIds, ...names.filter((ids) => ids !== null)]);
    },
    close: () => void (files = null),
  };
}
