/** What linear classifiers on what was read take, counted before a run. */
import { recipesFor } from '../../../../core/recipes/recipe';
import type { Settings } from '../../../../core/settings/settings';

/** A recipe is fitted to a few inner folds at one strength, the plain vectors to one inner part at a few. */
const RECIPE_SHARE = 0.5;

/** Columns that a fit takes as long as, by the plain one's time; `sizes` are the hidden sizes of the encoders. */
export function readColumns({ recipe }: Pick<Settings, 'recipe'>, sizes: readonly number[]): number {
  const [first = 0] = sizes;
  const all = sizes.reduce((sum, size) => sum + size, 0);
  if (recipe !== 'choose') return all;
  const names = sizes.map((_, i) => String(i));
  const tried = recipesFor(names, true).map(({ encoders, layers }) =>
    encoders.reduce((sum, id) => sum + layers * (sizes[Number(id)] ?? 0), 0),
  );
  return first + RECIPE_SHARE * tried.reduce((sum, columns) => sum + columns, 0);
}
