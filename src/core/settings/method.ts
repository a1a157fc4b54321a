/** What a method says of itself before anything is computed: the half of its descriptor that page, worker and report read. */
import type { Task } from '../data/mapping';
import type { LoraChoice } from '../models/lora';
import type { SearchedSetting } from './search-space';
import type { AutoValue, BaselineId, Method, SettingFacts, SettingKey, Settings } from './settings';

/** What of a model a method is asked by. */
export interface ModelSize {
  layers: number;
}

/** The settings that decide what of a model is changed. */
export type TrainedSettings = Pick<
  Settings,
  'layers' | 'trainEmbeddings' | 'rank' | 'alpha' | 'loraDropout' | 'targetModules' | 'rankStabilized'
>;

/** What of the encoder is changed. */
export interface Trained {
  /** The last so many layers. */
  layers: number;
  /** Its tables of embeddings too. */
  embeddings: boolean;
  /** Not these layers themselves: an adapter on them is. */
  adapter?: LoraChoice;
}

export interface MethodSearch {
  /** Its turn among the dear methods of such a search, the lowest first: by what it is likely to bring for its minutes. */
  place: number;
  /** Its turn on such rows, where they make another of it. */
  turn?(facts: Pick<SettingFacts, 'rows' | 'labels'>): number;
  /** Why it waits, on such rows, until there is time for everything; null where it has its turn. */
  late?(facts: Pick<SettingFacts, 'rows' | 'labels'>): string | null;
  /** The settings that are searched once it leads, on a model of so many layers; none: `auto` is all there is to try. */
  settings(model: ModelSize): readonly SearchedSetting[];
  /** The other encoders that the run reads with are tried too: every layer learns, so nothing of frozen ones is kept of each. */
  everyEncoder?: boolean;
}

export interface MethodDefinition {
  id: Method;
  task: Task;
  title: string;
  /** What a practitioner calls it. */
  technicalName: string;
  description: string;
  /** The baseline that its answers are compared with first; null where a task has ways to answer instead of baselines. */
  opponent: BaselineId | null;
  /** The baseline that it is itself, which then is neither fitted nor stored twice. */
  baseline: BaselineId | null;
  /** False for a model that it has nothing to do on. */
  fits(model: ModelSize): boolean;
  /** The settings that it uses; the form shows these only. */
  settings: readonly SettingKey[];
  /** Where `auto` is another for it than a setting's own. */
  auto: { readonly [K in SettingKey]?: (facts: SettingFacts) => AutoValue<K> };
  /** It learns step by step: a run of it has a curve. */
  iterated: boolean;
  trained(settings: TrainedSettings, model: ModelSize): Trained;
  /** Optimizer steps of one training on so many rows, at most: early stopping ends sooner. */
  steps(settings: Settings, rows: number): number;
  /** Passes over the rows, whose number the folds may choose; null where its length is no number of passes. */
  epochs(settings: Pick<Settings, 'nEpochs'>): number | null;
  /** What a search for what works makes of it; null where it takes no part. */
  search: MethodSearch | null;
  /** Why it is the one to offer for these facts, and how strongly: of several the strongest is. Null where it is not. */
  suggest(facts: SettingFacts): { strength: number; why: string } | null;
}
