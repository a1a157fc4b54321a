/**
 * The model families. To add one: a folder beside this file that exports a `ModelFamily`, and its line here; then an
 * entry in core/models/registry.ts can name it.
 */
import { AppError } from '../../core/errors';
import { bert } from './bert/family';
import type { ModelFamily } from './family';

const families = new Map<string, ModelFamily>();

/** Makes a family known to this thread. */
export function registerFamily(family: ModelFamily): void {
  families.set(family.id, family);
}

registerFamily(bert);

/** Ids of the families that this thread knows. */
export function knownFamilies(): string[] {
  return [...families.keys()];
}

/** The family of that id; throws `model-unsupported` for one that this version does not know. */
export function findFamily(id: string): ModelFamily {
  const family = families.get(id);
  if (family === undefined) {
    const known = knownFamilies().join(', ');
    throw new AppError(
      'model-unsupported',
      `This version of Hone knows no models of the kind «${id}», only ${known}. Reload the page to get the newest version.`,
      { details: { found: id } },
    );
  }
  return family;
}
