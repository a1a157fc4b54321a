/**
 * What the parts of a run compute, counted before it starts: passes, optimizer steps and floating-point operations.
 * Batches are cut by the same functions as in the run. Early stopping may end sooner: counts are the most there can be.
 */
import type { ModelCounts } from '../../core/models/counts';
import { FINAL_PART, foldPart, PREFIX_PART, readingPart } from '../../core/run/parts';
import { methodDefinition } from '../../core/settings/methods';
import type { Settings } from '../../core/settings/settings';
import { type FitLoad, forwardLoad, NO_LOAD, sumLoads, timesLoad } from '../fit/load';
import type { Part } from '../fit/progress';
import type { Corpus } from '../tasks/classification/corpus';
import { featuresLoad } from '../tasks/classification/methods/features-load';
import { classificationMethod } from '../tasks/classification/registry';

export interface PartLoad extends Pick<Part, 'key' | 'phase' | 'kind'>, FitLoad {
  /** All threads share in the forward passes. */
  shared: boolean;
  /** It shares the lanes with all other parts of which that is true; else folds share them among each other. */
  pooled: boolean;
  /** Whose forward passes they are: 0 is the first encoder. */
  encoder: number;
}

/**
 * What a row's words cost whatever labels there are, and for each label, in columns of a dense classifier: six sets of 2 to
 * 77 labels took 0.4 to 5 times as long in a page on two cores, longer texts longer.
 */
const WORDS = 2300;
const WORDS_PER_LABEL = 90;

/** What earlier runs left, and what there is room for; unless said otherwise nothing was left, and there is room. */
export interface Kept {
  /** Texts whose vectors are to be computed. */
  unread?: readonly Int32Array[];
  /** Texts whose output of the frozen layers is computed once. */
  unkept?: readonly Int32Array[];
  /** Share of that output which is computed for every batch. */
  again?: number;
  /** Of each further encoder, its counts and the texts that are to be read with it. */
  further?: readonly { counts: ModelCounts; unread: readonly Int32Array[] }[];
}

/** A fit to word counts, in the unit of `Speeds.solvingMs`. */
export function wordsLoad(rows: number, classes: number): number {
  return rows * (WORDS + classes * WORDS_PER_LABEL);
}

/** The parts of a run in their order. */
export function workloadOf(
  corpus: Corpus,
  settings: Settings,
  counts: ModelCounts,
  folds: number,
  { unread = corpus.distinct.tokenIds, unkept = corpus.distinct.tokenIds, again = 0, further = [] }: Kept = {},
): PartLoad[] {
  const method = classificationMethod(settings.method);
  const rows = corpus.trainRows.length;
  const classes = corpus.labels.length;
  const foldRows = folds > 0 ? rows * (1 - 1 / folds) : 0;
  const frozen = method.frozenLayers(settings, counts);
  const lengths = corpus.lengths.subarray(0, rows);
  const testLengths = corpus.lengths.subarray(rows);
  const sizes = [counts, ...further.map((other) => other.counts)].map(({ hiddenSize }) => hiddenSize);
  const own = method.load({ lengths, testLengths, classes, settings, counts, foldRows, again, sizes });
  const lengthsIn = (texts: readonly Int32Array[]): number[] => texts.map((ids) => ids.length);
  const part = (key: string, phase: Part['phase'], load: Partial<PartLoad>): PartLoad => ({
    key,
    phase,
    kind: own.kind,
    forward: NO_LOAD,
    training: NO_LOAD,
    solving: 0,
    shared: false,
    pooled: false,
    encoder: 0,
    ...load,
  });
  const encode = { kind: 'encode', shared: true } as const;
  // Heads on what was read are a baseline unless they are the method.
  const isBase = methodDefinition(settings.method).baseline === 'features_only';
  const solving = (fitted: number): number =>
    wordsLoad(fitted, classes) + (isBase ? 0 : featuresLoad(settings, sizes, { rows: fitted, classes }));
  const answering = timesLoad(own.answering, folds > 0 ? 1 / folds : 0);
  // States are taken from the passes that read the texts.
  const read = new Set(unread);
  const left = unkept.filter((ids) => !read.has(ids));
  return [
    part(readingPart(0), 'features', { ...encode, forward: forwardLoad(lengthsIn(unread), counts, counts.layers) }),
    ...further.map(({ counts: own, unread: texts }, i) => {
      const forward = forwardLoad(lengthsIn(texts), own, own.layers);
      return part(readingPart(i + 1), 'features', { ...encode, forward, encoder: i + 1 });
    }),
    part('baselines', 'baselines', {
      kind: 'head',
      pooled: isBase,
      solving: folds * solving(foldRows) + solving(rows),
    }),
    part(PREFIX_PART, 'features', {
      ...encode,
      forward: frozen > 0 ? forwardLoad(lengthsIn(left), counts, frozen) : NO_LOAD,
    }),
    ...Array.from({ length: folds }, (_, number) =>
      part(foldPart(number), 'fold', { ...own.fold, pooled: isBase, forward: sumLoads(own.fold.forward, answering) }),
    ),
    part(FINAL_PART, 'final-fit', { ...own.final, pooled: isBase }),
    part('test', 'test', { kind: 'encode', forward: own.testing }),
  ];
}
