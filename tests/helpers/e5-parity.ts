/** multilingual-e5-small against the reference numbers: what the tests and `npm run parity` both run. */
import { readFileSync } from 'node:fs';
import { normaliseRows } from '../../src/engine/fit/rows';
import type { Encoder } from '../../src/engine/models/encoder';
import { placeModel, readModel, type ReadModel } from '../../src/engine/models/read-model';
import { difference, type ForwardExample } from './minilm-parity';
import { builtInModel } from './models';

interface Reference {
  text: string;
  ids: number[];
  hidden_first8_of_token0_by_layer: number[][];
  mean: number[];
  normalised_first16: number[];
}

const fixture = readFileSync(new URL('../fixtures/e5-forward.json', import.meta.url), 'utf8');
const { texts: references } = JSON.parse(fixture) as { texts: Reference[] };

export interface E5Example extends ForwardExample {
  normalised_first16: number[];
}

/** The texts as a person writes them, without the prompt, which the tokenizer puts before each. */
export const e5Examples: readonly E5Example[] = references.map((reference) => ({
  text: reference.text.replace(/^query: /, ''),
  ids: reference.ids,
  hidden_first_token_first8: reference.hidden_first8_of_token0_by_layer,
  mean_pooled: reference.mean,
  normalised_first16: reference.normalised_first16,
}));

export function readE5(): Promise<ReadModel> {
  return readModel(builtInModel('multilingual-e5-small'));
}

/** With the rows of the words in the examples. */
export function placeE5(model: ReadModel): Encoder {
  return placeModel(
    model,
    e5Examples.map(({ ids }) => Int32Array.from(ids)),
  );
}

/** Largest difference of a vector made length 1. */
export function normalisedDifference(vector: Float32Array, { normalised_first16 }: E5Example): number {
  return difference(normaliseRows(vector.slice(), vector.length), normalised_first16);
}
