/**
 * What the parts of a run compute, counted before it starts: passes, optimizer steps and floating-point operations.
 * Batches are cut by the same functions as in the run. Early stopping may end sooner: counts are the most there can be.
 */
import { type ModelCounts, STEP_FACTOR } from '../../core/models/counts';
import { FINAL_PART, foldPart } from '../../core/run/parts';
import { innerRowCount } from '../../core/settings/early-stopping';
import type { Settings } from '../../core/settings/settings';
import { createRandom, deriveSeed } from '../../core/random';
import { bucketLength, inferenceBatches, trainingBatches } from '../../core/text/batches';
import { FORWARD_TOKENS, STEP_TOKENS } from '../fit/budget';
import type { Corpus } from '../tasks/classification/corpus';
import { lengthsOf } from '../tasks/classification/methods/fine-tune';
import { cutBatches } from '../fit/micro-batches';
import { pairTokens } from '../tasks/classification/pair-loss';
import type { Part } from '../fit/progress';
import { MOST_WATCHED } from '../tasks/classification/validation';

/** Passes over a batch, and the operations of all of them together. */
export interface Load {
  passes: number;
  flops: number;
}

export interface PartLoad extends Pick<Part, 'key' | 'phase' | 'kind'> {
  /** Without gradients. */
  forward: Load;
  /** With gradients, and the optimizer's update. */
  training: Load;
  /** Rows · classes · columns of linear classifiers that are solved on the CPU. */
  solving: number;
  /** All threads share in the forward passes. */
  shared: boolean;
}

const NONE: Load = { passes: 0, flops: 0 };
/** Dense columns that cost as much as a row's words. */
const WORD_COLUMNS = 400;

/** What earlier runs left, and what there is room for; unless said otherwise nothing was left, and there is room. */
export interface Kept {
  /** Texts whose vectors are to be computed. */
  unread?: readonly Int32Array[];
  /** Texts whose output of the frozen layers is computed once. */
  unkept?: readonly Int32Array[];
  /** Share of that output which is computed for every batch. */
  again?: number;
}

/** The parts of a run in their order. */
export function workloadOf(
  corpus: Corpus,
  settings: Settings,
  counts: ModelCounts,
  folds: number,
  { unread = corpus.distinct.tokenIds, unkept = corpus.distinct.tokenIds, again = 0 }: Kept = {},
): PartLoad[] {
  const { method } = settings;
  const tuned = method === 'top-layers' || method === 'full';
  const rows = corpus.trainRows.length;
  const classes = corpus.labels.length;
  const trained = method === 'top-layers' ? Math.min(settings.layers, counts.layers) : counts.layers;
  const lengthsIn = (texts: readonly Int32Array[]): number[] => texts.map((ids) => ids.length);
  const lengths = corpus.lengths.subarray(0, rows);
  const answered = tuned ? trained : counts.layers;
  const frozen = method === 'top-layers' ? counts.layers - trained : 0;
  const below = frozen > 0 ? forwardLoad(lengths, counts, frozen) : NONE;
  const own = sum(forwardLoad(lengths, counts, answered), times(below, again));
  const foldRows = folds > 0 ? rows * (1 - 1 / folds) : 0;
  const heads = (fitted: number, columns: number): number => fitted * classes * columns;

  /** `inner`: rows set aside to choose by; `watched`: rows looked at once a pass, for the curve. */
  const fit = (fitted: number, inner: number, watched = 0): Pick<PartLoad, 'forward' | 'training' | 'solving'> => {
    if (method === 'features') return { forward: NONE, training: NONE, solving: heads(fitted, counts.hiddenSize) };
    if (method === 'few-examples') {
      const training = pairLoad(lengths, fitted, settings, counts);
      return { forward: times(own, fitted / rows), training, solving: heads(fitted, counts.hiddenSize) };
    }
    const shown = fitted - inner;
    const { planned, perEpoch, validateEvery } = lengthsOf(settings, shown, null);
    const training = times(epochLoad(lengths, settings, counts, trained), (settings.nEpochs * shown) / rows);
    const looked = inner > 0 ? (inner * planned) / Math.min(validateEvery, perEpoch) : watched * settings.nEpochs;
    const recomputed = times(below, (again * settings.nEpochs * shown) / rows);
    return { forward: sum(times(own, looked / rows), recomputed), training, solving: 0 };
  };
  const part = (key: string, phase: Part['phase'], load: Partial<PartLoad>): PartLoad => ({
    key,
    phase,
    kind: method === 'features' ? 'head' : 'train',
    forward: NONE,
    training: NONE,
    solving: 0,
    shared: false,
    ...load,
  });
  const encode = { kind: 'encode', shared: true } as const;
  const columns = WORD_COLUMNS + (method === 'features' ? 0 : counts.hiddenSize);
  const inner = tuned ? innerRowCount(foldRows, classes, settings.earlyStoppingPatience) : 0;
  const fold = fit(foldRows, inner, Math.min(rows - foldRows, MOST_WATCHED));
  const answering = method === 'features' ? NONE : times(own, folds > 0 ? 1 / folds : 0);
  return [
    part('features', 'features', { ...encode, forward: forwardLoad(lengthsIn(unread), counts, counts.layers) }),
    part('baselines', 'baselines', { kind: 'head', solving: folds * heads(foldRows, columns) + heads(rows, columns) }),
    part('prefix', 'features', {
      ...encode,
      forward: frozen > 0 ? forwardLoad(lengthsIn(unkept), counts, frozen) : NONE,
    }),
    ...Array.from({ length: folds }, (_, number) =>
      part(foldPart(number), 'fold', { ...fold, forward: sum(fold.forward, answering) }),
    ),
    part(FINAL_PART, 'final-fit', fit(rows, 0)),
    part('test', 'test', {
      kind: 'encode',
      forward: method === 'features' ? NONE : forwardLoad(corpus.lengths.subarray(rows), counts, answered),
    }),
  ];
}

/** All texts once through some layers. */
function forwardLoad(lengths: ArrayLike<number>, counts: ModelCounts, layers: number): Load {
  return loadOf(inferenceBatches(lengths, { maxTokens: FORWARD_TOKENS }), lengths, counts, layers);
}

/** All rows once through training. */
function epochLoad(lengths: ArrayLike<number>, settings: Settings, counts: ModelCounts, layers: number): Load {
  const order = createRandom(deriveSeed(settings.seed, 'estimate'));
  const { parts } = cutBatches(trainingBatches(lengths, settings.batchSize, order), lengths, STEP_TOKENS);
  return times(loadOf(parts, lengths, counts, layers), 1, STEP_FACTOR);
}

/** Pairs of rows, each padded to the longer one. */
function pairLoad(lengths: Int32Array, fitted: number, settings: Settings, counts: ModelCounts): Load {
  const { pairsPerRow, batchSize, maxSteps, seed } = settings;
  const random = createRandom(deriveSeed(seed, 'estimate'));
  const other = (): number => lengths[Math.floor(random() * lengths.length)] ?? 0;
  const longer = lengths.map((length) => Math.max(length, other()));
  // A pair is two rows: a batch of as many pairs has twice the rows.
  const batches = trainingBatches(longer, batchSize, random);
  const { parts } = cutBatches(batches, longer.map(pairTokens), STEP_TOKENS);
  const doubled = parts.map((part) => [...part, ...part]);
  const once = times(loadOf(doubled, longer, counts, counts.layers), 1, STEP_FACTOR);
  const steps = Math.min(maxSteps, Math.ceil((2 * fitted * pairsPerRow) / batchSize));
  return times(once, steps / Math.max(1, batches.length));
}

function loadOf(
  batches: readonly (readonly number[])[],
  lengths: ArrayLike<number>,
  counts: ModelCounts,
  layers: number,
): Load {
  const flops = batches.reduce((total, rows) => total + layers * counts.layerFlops(shapeOf(rows, lengths)), 0);
  return { passes: batches.length, flops };
}

/** The padded shape of some rows. */
export function shapeOf(rows: readonly number[], lengths: ArrayLike<number>): { batch: number; tokens: number } {
  return { batch: rows.length, tokens: bucketLength(Math.max(0, ...rows.map((row) => lengths[row] ?? 0))) };
}

function times({ passes, flops }: Load, count: number, factor = 1): Load {
  return { passes: passes * count, flops: flops * count * factor };
}

function sum(a: Load, b: Load): Load {
  return { passes: a.passes + b.passes, flops: a.flops + b.flops };
}
