/** A bag of words with mixing layers: small, and nothing like BERT. Made for the tests. */
import * as v from 'valibot';
import type { Trainable } from '../../../../src/engine/models/family';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const configSchema = v.object({ vocabSize: count, hiddenSize: count, layers: count, maxPositions: count });

export type MixerConfig = v.InferOutput<typeof configSchema>;

/** Throws when a field is missing. */
export const parseConfig = (config: unknown): MixerConfig => v.parse(configSchema, config);

/** Of a file's parameter too. */
export const isLinearWeight = (name: string): boolean => name.endsWith('.matrix');

export const WORDS = 'words';

/** Names of a norm, which the word table has and every layer. */
export const normNames = (prefix: string): string[] => [`${prefix}.scale`, `${prefix}.shift`];

export function trainableNames({ layers: all }: MixerConfig, { layers, embeddings }: Trainable): string[] {
  const names = embeddings ? [WORDS, ...normNames(WORDS)] : [];
  for (let layer = all - layers; layer < all; layer++) {
    names.push(`mix.${layer}.matrix`, `mix.${layer}.offset`, ...normNames(`mix.${layer}`));
  }
  return names;
}
