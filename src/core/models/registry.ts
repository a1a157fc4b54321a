/**
 * The built-in models. To add one: write its entry in a file beside this one, add it to the list,
 * and teach `scripts/models.mjs` to build its folder under public/models.
 */
import { allMiniLmL6V2 } from './all-minilm-l6-v2';
import type { ModelEntry, TaskKind } from './card';
import { multilingualE5Small } from './multilingual-e5-small';
import { smolLm2135mInstruct } from './smollm2-135m-instruct';
import { AppError } from '../errors';

export const MODELS: readonly ModelEntry[] = [allMiniLmL6V2, multilingualE5Small, smolLm2135mInstruct];

/** The families that built-in models are of. */
export const MODEL_FAMILIES: readonly string[] = [...new Set(MODELS.map(({ family }) => family))];

/** The tokenizers that they have. */
export const TOKENIZER_KINDS: readonly string[] = [...new Set(MODELS.map(({ tokenizer }) => tokenizer))];

export const DEFAULT_MODEL_ID = allMiniLmL6V2.id;

/** The entry of a model; throws `not-found` for an id that this version does not know. */
export function findModel(id: string): ModelEntry {
  const entry = MODELS.find((model) => model.id === id);
  if (entry === undefined) {
    const known = MODELS.map((model) => model.id).join(', ');
    throw new AppError('not-found', `There is no model «${id}» here. Known models: ${known}.`, { details: { id } });
  }
  return entry;
}

/** The encoders, by which texts are classified, the usual one first. */
export const ENCODERS: readonly ModelEntry[] = MODELS.filter(({ card }) => card.task === 'encoder');

/** The models that can be used for a task, the usual one first; throws `not-found` where there is none. */
export function modelsFor(task: TaskKind): [ModelEntry, ...ModelEntry[]] {
  const [first, ...others] = MODELS.filter(({ tasks }) => tasks.includes(task));
  if (first === undefined) throw new AppError('not-found', `There is no model for ${task} here.`);
  return [first, ...others];
}
