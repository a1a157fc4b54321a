/**
 * The id of a model that a person brought along: made of its title and of the sha256 of its weights, so that the same files
 * are the same model again, for runs too that were made before it was taken out.
 */

const PREFIX = 'own-';
/** Hex digits of the hash: by chance no two models of a browser share them. */
const HASH_DIGITS = 12;
const MOST_LETTERS = 48;
/** Between the first key that begins so and the first that does not. */
export const OWN_ID_RANGE = [PREFIX, 'own.'] as const;

/** The id of a model of that title and those weights. */
export function ownModelId(title: string, sha256: string): string {
  const letters = title
    .normalize('NFKD')
    .replace(/[^\w.-]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
    .slice(0, MOST_LETTERS);
  return `${PREFIX}${letters || 'model'}-${sha256.slice(0, HASH_DIGITS)}`;
}

/** True for the id of a model that a person brought along. */
export function isOwnModel(id: string): boolean {
  return id.startsWith(PREFIX);
}

/** What such an id says of the title, where the model itself is gone. */
export function ownTitle(id: string): string {
  return id.slice(PREFIX.length, -HASH_DIGITS - 1);
}
