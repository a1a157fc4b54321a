/**
 * What linear classifiers on what was read take, counted before a run, in the unit of `Speeds.solvingMs`: a row, class and
 * column of a classifier that is fitted at a few strengths. The factors are of runs on one core: 3,568 rows × 2 labels,
 * 3,696 × 77 and 4,000 × 500 with both encoders took 2.5, 3.6 and 8 s to choose, 3, 11 and 46 s to fit, and the plain recipe beside it 2.4, 16 and 62 s.
 */
import { JUDGED_ROWS } from '../../../../core/recipes/choose';
import { recipesFor } from '../../../../core/recipes/recipe';
import type { Settings } from '../../../../core/settings/settings';

/** Of one operation on the matrices that the choice makes of its rows. */
const CHOICE = 0.004;
/** A recipe is fitted at one strength. */
const FIT = 0.15;
/** Recipes that are chosen, of most sets: they are tried once more, held back. */
const CHOSEN = 2;
/** The characters of a row. */
const CHARACTERS = 3000;

/** A fit to so many rows; `sizes` are the hidden sizes of the encoders. */
export function featuresLoad(
  { recipe }: Pick<Settings, 'recipe'>,
  sizes: readonly number[],
  { rows, classes }: { rows: number; classes: number },
): number {
  const [first = 0] = sizes;
  const all = sizes.reduce((sum, size) => sum + size, 0);
  const plain = rows * classes * first;
  if (recipe !== 'choose') return sizes.length > 1 ? plain + rows * classes * all : plain;
  const judged = Math.min(rows, JUDGED_ROWS);
  const recipes = recipesFor(sizes.map(String), true).length;
  const choosing = CHOICE * judged ** 2 * (3 * all + (recipes + CHOSEN) * judged + classes);
  return plain + choosing + FIT * rows * classes * all + CHARACTERS * rows;
}
