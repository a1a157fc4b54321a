/**
 * What a method of this task is given, what its fits give (class probabilities, and a head with the encoder's changed
 * weights), and what it says of the work that it will be.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { ModelCounts } from '../../../core/models/counts';
import type { ModelSize } from '../../../core/settings/method';
import type { RecipeChoice } from '../../../core/recipes/choose';
import type { RecipeCorpus } from '../../../core/recipes/encoded-rows';
import type { FeatureStore, StateStore } from '../../../core/run/experiment';
import type { Head, TrainedModel } from '../../../core/run/trained-model';
import type { Method, Settings } from '../../../core/settings/settings';
import type { Fork } from '../../fit/fork';
import type { Fit, FitContext, FoldFit, FoldLearner, Learner } from '../../fit/learner';
import type { FitLoad, Load } from '../../fit/load';
import type { WorkKind } from '../../fit/progress';
import type { Prefix } from '../../frozen/prefix';
import type { Encoder } from '../../models/encoder';
import type { Threads } from '../../threads/threads';
import type { Corpus } from './corpus';
import type { FurtherEncoder, LabelNames } from './further-encoder';

/** What all parts of a run share. */
export interface TaskContext extends FitContext {
  model: Encoder;
  /** Where `model` has no weights yet: the same with its weights. They are there for what reads, and for nothing else. */
  place?: (() => Promise<Encoder>) | undefined;
  corpus: Corpus;
  /** What was computed of texts with the model of this hash, by this run or one before. */
  features: FeatureStore;
  /** The same of frozen layers; without it, what does not fit in memory is computed for each batch. */
  states?: StateStore | undefined;
  /** Memory for the frozen layers' output. */
  prefixBytes?: number | undefined;
  modelSha256: string;
  /** The model's id: under it, what it made of texts is known to recipes. */
  encoderId: string;
  /** What stands for the labels, in the first encoder's tokens; empty where they have no names. */
  names: LabelNames;
  /** Encoders beside the first: texts are read with them too, and they are not changed. */
  further: readonly FurtherEncoder[];
  /** The frozen layers' output where reading the texts prepares it on the way. */
  prefix?: Prefix | undefined;
  /** Helpers on the CPU; without them this thread does it all. */
  threads?: Threads | undefined;
}

/** Probabilities [rows, classes]. */
export interface ClassifierFoldFit extends FoldFit<Float32Array> {
  /** C of its logistic regression where that was chosen on an inner part of its rows; else null. */
  chosenC: number | null;
  /** Where a recipe was chosen: which, and what the plain one, fitted to the same rows, answers to others. */
  recipe?: { choice: RecipeChoice; plain(rows: Int32Array): Float32Array; plainHead: Head } | undefined;
}

export type ClassifierFit = ClassifierFoldFit & Fit<Float32Array, TrainedModel>;
export type ClassifierFoldLearner = FoldLearner<ClassifierFoldFit>;
export type ClassifierLearner = Learner<ClassifierFit>;

/** What of a run is needed to measure it. */
export type Measurable = Pick<
  TaskContext,
  | 'model'
  | 'place'
  | 'corpus'
  | 'settings'
  | 'pace'
  | 'guard'
  | 'threads'
  | 'states'
  | 'modelSha256'
  | 'prefixBytes'
  | 'encoderId'
  | 'further'
>;

/** What the load of a method's fits depends on. */
export interface LoadQuestion {
  /** Of the training rows, in tokens, and of the test rows. */
  lengths: Int32Array;
  testLengths: Int32Array;
  classes: number;
  settings: Settings;
  counts: ModelCounts;
  /** Rows that a fold is fitted to: no whole number. */
  foldRows: number;
  /** Share of the frozen layers' output that is computed for every batch. */
  again: number;
  /** Hidden sizes of all encoders that read, the first one's first. */
  sizes: readonly number[];
}

export interface MethodLoad {
  /** The kind of work that a fit is. */
  kind: WorkKind;
  fold: FitLoad;
  final: FitLoad;
  /** All training rows answered once, and all test rows. */
  answering: Load;
  testing: Load;
}

/** Steps on a run's own rows, to be timed before it. */
export interface StepTrial {
  /** What the steps change: a throw-away copy. */
  fork: Fork;
  /** Rows in parts as the run cuts them. */
  parts: readonly (readonly number[])[];
  /** Operations of a step on a part. */
  flopsOf(part: readonly number[]): number;
  /** The losses of a part as `optimizerStep` takes them; null when stopped. */
  losses(part: readonly number[]): Promise<(() => tf.Tensor)[] | null>;
}

/**
 * What a method computes: the other half of its descriptor, whose first half (`core/settings/methods`) is what is said of
 * it. Whatever a run asks of a method by its id stands in these two.
 */
export interface ClassificationMethod {
  id: Method;
  /** `read`: what the encoders as they came made of the rows; nothing where that is not needed. */
  learner(context: TaskContext, read: RecipeCorpus): ClassifierLearner;
  /** It learns from what the encoders as they came made of the rows. */
  needsReading: boolean;
  /** What its fits compute, at the most. */
  load(question: LoadQuestion): MethodLoad;
  /** Null where nothing is trained step by step. */
  trial(context: Measurable): StepTrial | null;
  /** Rows of the smallest step that there can be. */
  leastRows: number;
  /** The lowest so many layers are frozen, run once, and their output kept. */
  frozenLayers(settings: Settings, model: ModelSize): number;
  /**
   * Bytes that every fold which is fitted beside others has a copy of, besides the encoder's parameters. Null where a fold
   * is not worth a thread.
   */
  copiedBytes(context: Pick<TaskContext, 'corpus' | 'model' | 'further' | 'settings'>): number | null;
}
