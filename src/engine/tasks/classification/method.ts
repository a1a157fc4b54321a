/**
 * What a method of this task is given, and what its fits give: class probabilities, and a head with the encoder's
 * changed weights.
 */
import type { FeatureStore, StateStore } from '../../../core/run/experiment';
import type { TrainedModel } from '../../../core/run/trained-model';
import type { Fit, FitContext, FoldFit, FoldLearner, Learner } from '../../fit/learner';
import type { Encoder } from '../../models/encoder';
import type { Threads } from '../../threads/threads';
import type { Corpus } from './corpus';

/** What all parts of a run share. */
export interface Workshop extends FitContext {
  model: Encoder;
  corpus: Corpus;
  /** What was computed of texts with the model of this hash, by this run or one before. */
  features: FeatureStore;
  /** The same of frozen layers; without it, what does not fit in memory is computed for each batch. */
  states?: StateStore | undefined;
  /** Memory for the frozen layers' output. */
  prefixBytes?: number | undefined;
  modelSha256: string;
  /** Helpers on the CPU; without them this thread does it all. */
  threads?: Threads | undefined;
}

/** Probabilities [rows, classes]. */
export interface ClassifierFoldFit extends FoldFit<Float32Array> {
  /** C of its logistic regression where that was chosen on an inner part of its rows; else null. */
  chosenC: number | null;
}

export type ClassifierFit = ClassifierFoldFit & Fit<Float32Array, TrainedModel>;
export type ClassifierFoldLearner = FoldLearner<ClassifierFoldFit>;
export type ClassifierLearner = Learner<ClassifierFit>;
