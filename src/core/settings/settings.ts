/**
 * Every setting of a run, once: its key, limits, default and words. Which methods use it, these say.
 * The form, the check of what was typed, and `auto` are all read from `SETTINGS`.
 */
import type { Noise } from '../text/noise';

/** The id of a method: what it is stands in the registry (`methods.ts`), which may not know one of another version. */
export type Method = string;
/** What every method is compared with on the same folds. */
export type BaselineId = 'majority' | 'tfidf_logistic_regression' | 'features_only';
export type Backend = 'webgpu' | 'wasm';
export type Schedule = 'linear' | 'cosine';
/** Noise in the texts that are trained on. */
export type Augmentation = 'none' | Noise;
/** The layers that an adapter stands on: `core/models/lora.ts` has their names. */
export type TargetModules = 'all-linear' | 'attention' | 'query-value';

/** The values of a run after every `auto` was resolved. Learning rates are absolute; ratios are 0–1. */
export interface Settings {
  method: Method;
  /** Last N encoder layers trained (top-layers). */
  layers: number;
  /** Noise in the texts of training rows, another in every pass; rows that are scored or chosen by stay as they are. */
  augmentation: Augmentation;
  /** Also train the embedding tables (full). */
  trainEmbeddings: boolean;
  nEpochs: number;
  batchSize: number;
  /** Micro-batches added up before one optimizer step; the effective batch is batchSize × this. */
  gradientAccumulation: number;
  learningRate: number;
  headLearningRate: number;
  weightDecay: number;
  warmupRatio: number;
  schedule: Schedule;
  /** Global norm that gradients are clipped to; 0 switches it off. */
  maxGradNorm: number;
  dropout: number;
  /** What the divergence of two readings of a row under other dropout counts for in the loss (R-Drop); 0 = each is read once. */
  rDrop: number;
  /** Longest text in tokens, [CLS] and [SEP] included. */
  maxLength: number;
  classWeight: 'none' | 'balanced';
  /** Inverse L2 strength C of the features-only head (scikit-learn's meaning); 0 = choose on an inner part. */
  headC: number;
  /** Which features a head on frozen encoders gets: chosen inside each fold, or the plain sentence vectors. */
  recipe: 'choose' | 'plain';
  /** L1 and L2 penalties added to the loss of a trained head. */
  l1: number;
  l2: number;
  /** Epochs without a better validation loss before a fold stops; 0 = off. */
  earlyStoppingPatience: number;
  /** An adapter's (LoRA's): rank, alpha, dropout of what goes into it, its layers, and alpha/√rank for alpha/rank. */
  rank: number;
  alpha: number;
  loraDropout: number;
  targetModules: TargetModules;
  rankStabilized: boolean;
  /** Optimizer steps: all of contrastive tuning's, the most of written answers'. */
  maxSteps: number;
  seed: number;
}

/** How the run is judged. */
export interface EvaluationPlan {
  folds: number;
  /** `none`, a stratified hold-out share, an own file (a second data set of the same labels), or the parts that the file names. */
  test:
    { kind: 'none' } | { kind: 'hold-out'; share: number } | { kind: 'file'; datasetId: string } | { kind: 'split' };
}

/** What the form holds: a number or word that was set by hand, or 'auto'. */
export type SettingChoices = { [K in Exclude<keyof Settings, 'method'>]: Settings[K] | 'auto' };

/** What `auto` may look at. */
export interface SettingFacts {
  backend: Backend;
  /** Training rows, labels, rows of the smallest label, and largest ÷ smallest label. */
  rows: number;
  labels: number;
  smallestLabel: number;
  imbalance: number;
  /** Token counts of the rows before any cut. */
  tokens: { median: number; p95: number; max: number; shareOver: (limit: number) => number };
  folds: number;
  /** Encoder layers and token limit of the model. */
  modelLayers: number;
  modelMaxTokens: number;
}

export type SettingKey = keyof SettingChoices;

/** What `auto` becomes, and in a few words why. */
export interface AutoValue<K extends SettingKey> {
  value: Settings[K];
  why: string;
}

/** One line of the form. `name` is the term of the field shown small beneath the label (n_epochs, batch_size …). */
export interface SettingDefinition<K extends SettingKey = SettingKey> {
  key: K;
  label: string;
  name: string;
  help: string;
  kind: 'integer' | 'number' | 'choice' | 'boolean';
  min?: number;
  max?: number;
  /** Where 0 has a meaning of its own: the smallest value besides it that does anything. */
  leastAboveZero?: number;
  options?: { value: Settings[K]; label: string }[];
  /** `main` is always open; `more` stands behind a disclosure. */
  group: 'main' | 'more';
  auto(facts: SettingFacts): AutoValue<K>;
  /** What is likely to go wrong with a value that may be used all the same; `usual` is what `auto` would choose. */
  caution?(value: Settings[K], usual: Settings[K]): string | null;
}
