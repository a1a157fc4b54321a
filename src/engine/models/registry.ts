/**
 * The model families. To add one: a folder beside this file that exports an `EncoderFamily` or a `DecoderFamily`, and its line here; then an
 * entry in core/models/registry.ts can name it.
 */
import { AppError } from '../../core/errors';
import { bert } from './bert/family';
import { llama } from './llama/family';
import type { AnyFamily, DecoderFamily, EncoderFamily } from './family';

const families = new Map<string, AnyFamily>();

/** Makes a family known to this thread. */
export function registerFamily(family: AnyFamily): void {
  families.set(family.id, family);
}

registerFamily(bert);
registerFamily(llama);

/** Ids of the families that this thread knows. */
export function knownFamilies(): string[] {
  return [...families.keys()];
}

/** The family of that id; throws `model-unsupported` for one that this version does not know. */
export function findFamily(id: string): AnyFamily {
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

/** The family of an encoder; throws `model-unsupported` for another. */
export function findEncoderFamily(id: string): EncoderFamily {
  const family = findFamily(id);
  if (family.task === 'encoder') return family;
  throw wrongTask(id, 'This model writes text; a model that reads texts is needed here. Choose another.');
}

/** The family of a decoder; throws `model-unsupported` for another. */
export function findDecoderFamily(id: string): DecoderFamily {
  const family = findFamily(id);
  if (family.task === 'decoder') return family;
  throw wrongTask(id, 'This model reads texts; a model that writes text is needed here. Choose another.');
}

function wrongTask(found: string, message: string): AppError {
  return new AppError('model-unsupported', message, { details: { found } });
}
