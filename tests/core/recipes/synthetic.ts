/** Small made-up encoders: one whose last layer knows the label, one that knows nothing. */
import { createRandom, type Random } from '../../../src/core/random';
import type { EncodedRows, RecipeCorpus } from '../../../src/core/recipes/encoded-rows';

export const HIDDEN = 6;

export interface MadeUp {
  rows: number;
  classes: number;
  seed?: number;
  /** Length of what a label adds to a vector, against noise of about 1 a column. */
  signal?: number;
  /** Layers (0 oldest … 2) of encoder «knows» that tell the label. */
  telling?: readonly number[];
  /** Half the range of what the last column says of nothing: the louder, the weaker a classifier has to be held. */
  loud?: number;
  withNames?: boolean;
}

/** Rows whose labels go round; encoder «noise» first, «knows» second. */
export function madeUpCorpus({
  rows,
  classes,
  seed = 1,
  signal = 4,
  telling = [0, 1, 2],
  loud = 0,
  withNames = false,
}: MadeUp): RecipeCorpus {
  const random = createRandom(seed);
  const labels = Int32Array.from({ length: rows }, (_, row) => row % classes);
  const own = Int32Array.from({ length: classes }, (_, label) => label);
  const make = (of: Int32Array, encoder: string, strength: number): EncodedRows => ({
    means: { encoder, hiddenSize: HIDDEN, layers: 3, values: meansOf(of, strength, { telling, loud }, random) },
    of: Int32Array.from(of.keys()),
  });
  return {
    encoded: [make(labels, 'noise', 0), make(labels, 'knows', signal)],
    texts: Array.from(labels, (_, row) => `text ${row}`),
    labels,
    groups: Int32Array.from(labels.keys()),
    classes,
    names: withNames ? [make(own, 'noise', 0), make(own, 'knows', signal)] : [],
  };
}

/** All rows of a corpus. */
export function allRows({ labels }: RecipeCorpus): Int32Array {
  return Int32Array.from(labels.keys());
}

/** Runs a generator to its end. */
export function finish<T>(steps: Generator<unknown, T, void>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

function meansOf(
  labels: Int32Array,
  signal: number,
  { telling, loud }: Required<Pick<MadeUp, 'telling' | 'loud'>>,
  random: Random,
): Float32Array {
  const values = new Float32Array(labels.length * 3 * HIDDEN);
  labels.forEach((label, row) => {
    for (let layer = 0; layer < 3; layer++) {
      for (let j = 0; j < HIDDEN; j++) {
        const told = telling.includes(layer) && label === j ? signal : 0;
        // All vectors lean one way, as those of encoders do.
        const noise = 2 * (random() - 0.5) + 2 * (random() - 0.5);
        const louder = loud > 0 && j === HIDDEN - 1 ? 2 * loud * (random() - 0.5) : 0;
        values[(row * 3 + layer) * HIDDEN + j] = 3 + told + noise + louder;
      }
    }
  });
  return values;
}
