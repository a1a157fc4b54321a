/** A model without a single row: each text gets the label whose name it is nearest to. */
import type { EncodedRows } from './encoded-rows';
import type { RecipeModel } from './model';
import { namedLabels } from './fit';
import type { Recipe } from './recipe';
import { recipeVectors } from './vectors';

/** Cosines of sentence vectors lie close together; as logits they are spread by this much. */
const SHARPNESS = 20;

/** Answers by names alone. `names` as in a corpus; a label without a name is never the answer. */
export function namesModel(names: readonly EncodedRows[]): RecipeModel {
  const classes = names[0]?.of.length ?? 0;
  const encoders = names.map(({ means }) => means.encoder);
  const recipe: Recipe = { encoders, layers: 1, centred: false, names: 1, chars: 0, c: 0 };
  const named = namedLabels(encoders, names);
  const { columns, values } = recipeVectors(recipe, names, named, null);
  const weight = new Float32Array(classes * columns);
  const bias = new Float32Array(classes).fill(-1e4);
  named.forEach((label, i) => {
    bias[label] = 0;
    for (let j = 0; j < columns; j++) weight[label * columns + j] = SHARPNESS * (values[i * columns + j] ?? 0);
  });
  return { kind: 'recipes', classes, parts: [{ recipe, centre: null, weight, bias, share: 1 }], characters: null };
}
