/** What the methods of this task compute, by their ids; what is said of them is listed in `core/settings/methods.ts`. */
import { AppError } from '../../../core/errors';
import type { Method } from '../../../core/settings/settings';
import type { ClassificationMethod } from './method';
import { adapter } from './methods/adapter';
import { features } from './methods/features';
import { fewExamples } from './methods/few-examples';
import { full } from './methods/full';
import { topLayers } from './methods/top-layers';

const registered: ClassificationMethod[] = [features, fewExamples, topLayers, adapter, full];

/** Adds what a method computes. */
export function registerComputation(method: ClassificationMethod): void {
  registered.push(method);
}

/** What a method computes; throws `config-invalid` for one that this version does not know. */
export function classificationMethod(id: Method): ClassificationMethod {
  const found = registered.find((method) => method.id === id);
  if (found) return found;
  throw new AppError('config-invalid', `This version of Hone does not know the method «${id}».`, { details: { id } });
}
