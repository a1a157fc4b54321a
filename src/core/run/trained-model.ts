/** A model as it is kept and taken along. Plain values. */

import type { LoraConfig } from '../models/lora';
import type { RecipeModel } from '../recipes/model';

/** A linear softmax head on mean-pooled vectors. */
export interface Head {
  /** [classes, hidden], row-major. */
  weight: Float32Array;
  bias: Float32Array;
  /** True when the pooled vector is L2-normalised before the head (features only, few examples). */
  normalised: boolean;
  /**
   * A layer before it, of a classifier from elsewhere: tanh(vector · weightᵀ + bias), [hidden, hidden] row-major. Absent in what
   * is trained here.
   */
  dense?: { weight: Float32Array; bias: Float32Array } | undefined;
  /** Of one from elsewhere that was fitted to vectors as they are, not to those that are kept, which are rounded to float16. */
  unrounded?: boolean | undefined;
}

/** True for a head of recipes. */
export function isOfRecipes(head: TrainedModel['head']): head is RecipeModel {
  return 'kind' in head;
}

/** Bytes of a head's values. */
export function headBytes(head: TrainedModel['head']): number {
  if (!isOfRecipes(head)) return head.weight.byteLength + head.bias.byteLength;
  const parts = head.parts.map(
    ({ centre, weight, bias }) => (centre?.byteLength ?? 0) + weight.byteLength + bias.byteLength,
  );
  const { idf, weight, bias, terms } = head.characters ?? { idf: null, weight: null, bias: null, terms: [] };
  const characters = [idf, weight, bias].reduce((sum, values) => sum + (values?.byteLength ?? 0), 0);
  return [...parts, characters, 2 * terms.join('').length].reduce((sum, bytes) => sum + bytes, 0);
}

/** The ids of the models that a head asks, for one of recipes; empty for one on the run's own encoder alone. */
export function encodersOfHead(head: TrainedModel['head']): string[] {
  return isOfRecipes(head) ? [...new Set(head.parts.flatMap(({ recipe }) => recipe.encoders))] : [];
}

/** A model that can answer: the changed encoder weights (by Hugging Face name) and a head. */
export interface TrainedModel {
  labels: string[];
  maxLength: number;
  /** Of recipes, what several encoders made of a text is asked for: each part names them. */
  head: Head | RecipeModel;
  /** Empty when the encoder is as it came. */
  encoder: { name: string; shape: number[]; values: Float32Array }[];
  /** What the adapter among them was made with; absent where the encoder's own weights were changed, or none. */
  lora?: LoraConfig;
}
