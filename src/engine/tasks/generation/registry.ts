/** What the methods of this task compute, by their ids; what is said of them is listed in `core/settings/methods.ts`. */
import { AppError } from '../../../core/errors';
import type { Method } from '../../../core/settings/settings';
import type { GenerationMethod } from './method';
import { generationAdapter } from './methods/generation-adapter';

const METHODS: readonly GenerationMethod[] = [generationAdapter];

/** What a method computes; throws `config-invalid` for one that this version does not know. */
export function generationMethod(id: Method): GenerationMethod {
  const found = METHODS.find((method) => method.id === id);
  if (found) return found;
  throw new AppError('config-invalid', `This version of Hone does not know the method «${id}».`, { details: { id } });
}
