/**
 * Which settings mean the same at a trainer elsewhere, and under which name; of the others, why not. Every setting stands here
 * once for each dialect, which the type demands, and a test that what is named is in the files.
 */
import { settingsOf } from '../../settings/defaults';
import { NO_CAP } from '../../settings/methods/generation-adapter';
import type { SettingKey, Settings } from '../../settings/settings';
import type { Dialect } from './trainers';

/** `as`: its name there. `note`: in what it is not quite the same. `there`: its value, where that is another than ours. */
type Place =
  { as: string; note?: string; there?: (settings: Settings, steps: number) => Value | null } | { why: string };

type Value = Settings[SettingKey];

const OF_SIMPLER =
  'belongs to the simpler method that the run was compared with: its figures go along, it is not fitted again';
const OF_LABELS = 'belongs to runs that sort into labels';

const SCRIPT: Record<SettingKey, Place> = {
  layers: { as: 'layers' },
  trainEmbeddings: { as: 'train_embeddings' },
  nEpochs: { as: 'n_epochs' },
  batchSize: { as: 'batch_size', note: 'of all processes together' },
  gradientAccumulation: { as: 'gradient_accumulation_steps' },
  learningRate: { as: 'learning_rate' },
  headLearningRate: { as: 'head_learning_rate' },
  weightDecay: { as: 'weight_decay', note: 'on matrices only' },
  warmupRatio: { as: 'warmup_ratio' },
  schedule: { as: 'lr_scheduler_type' },
  maxGradNorm: { as: 'max_grad_norm' },
  dropout: { as: 'dropout', note: 'the same places; which values are dropped PyTorch draws' },
  rDrop: { as: 'r_drop_alpha' },
  maxLength: { as: 'max_length' },
  classWeight: { as: 'class_weight' },
  headC: { why: OF_SIMPLER },
  recipe: { why: OF_SIMPLER },
  augmentation: { why: 'rows go along as they are: noise in their texts only the page draws' },
  l1: { as: 'l1' },
  l2: { as: 'l2' },
  earlyStoppingPatience: { as: 'early_stopping_patience', note: 'by the same rows set aside' },
  rank: { as: 'r' },
  alpha: { as: 'lora_alpha' },
  loraDropout: { as: 'lora_dropout' },
  targetModules: { as: 'target_modules' },
  rankStabilized: { as: 'use_rslora' },
  maxSteps: { as: 'max_steps' },
  seed: { as: 'seed', note: 'folds and the order of the rows; first values and dropout PyTorch draws' },
};

/** What trainers with a recipe of their own do not take. */
const OF_LABELLED: Pick<
  Record<SettingKey, Place>,
  | 'layers'
  | 'trainEmbeddings'
  | 'headLearningRate'
  | 'dropout'
  | 'rDrop'
  | 'classWeight'
  | 'headC'
  | 'recipe'
  | 'augmentation'
  | 'l1'
  | 'l2'
> = {
  layers: { why: OF_LABELS },
  trainEmbeddings: { why: OF_LABELS },
  headLearningRate: { why: OF_LABELS },
  dropout: { why: OF_LABELS },
  rDrop: { why: OF_LABELS },
  classWeight: { why: OF_LABELS },
  headC: { why: OF_LABELS },
  recipe: { why: OF_LABELS },
  augmentation: { why: OF_LABELS },
  l1: { why: OF_LABELS },
  l2: { why: OF_LABELS },
};

const OWN_ORDER = 'it draws the order of the rows, first values and dropout its own way';
const OWN_STOPPING =
  'the page sets rows aside to stop by and takes the median of the folds; here the last fit runs its full length';
const WARM_UP = 'the first step has a rate of zero there';

const AXOLOTL: Record<SettingKey, Place> = {
  ...OF_LABELLED,
  nEpochs: { as: 'num_epochs' },
  batchSize: { as: 'micro_batch_size', note: 'of one process: divide it by their number' },
  gradientAccumulation: { as: 'gradient_accumulation_steps' },
  learningRate: { as: 'learning_rate' },
  weightDecay: { as: 'weight_decay' },
  warmupRatio: { as: 'warmup_ratio', note: WARM_UP },
  schedule: { as: 'lr_scheduler' },
  maxGradNorm: { as: 'max_grad_norm' },
  maxLength: { as: 'sequence_len', note: 'rows are cut already' },
  earlyStoppingPatience: { why: OWN_STOPPING },
  rank: { as: 'lora_r' },
  alpha: { as: 'lora_alpha' },
  loraDropout: { as: 'lora_dropout' },
  targetModules: { as: 'lora_target_modules' },
  rankStabilized: { as: 'peft_use_rslora' },
  // A number would put the passes out of force.
  maxSteps: { as: 'max_steps', there: ({ maxSteps }) => (maxSteps === NO_CAP ? null : maxSteps) },
  seed: { as: 'seed', note: OWN_ORDER },
};

const LLAMA_FACTORY: Record<SettingKey, Place> = {
  ...OF_LABELLED,
  nEpochs: { as: 'num_train_epochs' },
  batchSize: { as: 'per_device_train_batch_size', note: 'of one process: divide it by their number' },
  gradientAccumulation: { as: 'gradient_accumulation_steps' },
  learningRate: { as: 'learning_rate' },
  weightDecay: { as: 'weight_decay' },
  // Its releases differ in what they take a share by; steps they all take.
  warmupRatio: {
    as: 'warmup_steps',
    note: `in steps of one process; ${WARM_UP}`,
    there: ({ warmupRatio }, steps) => Math.round(warmupRatio * steps),
  },
  schedule: { as: 'lr_scheduler_type' },
  maxGradNorm: { as: 'max_grad_norm' },
  maxLength: { as: 'cutoff_len', note: 'rows are cut already' },
  earlyStoppingPatience: { why: OWN_STOPPING },
  rank: { as: 'lora_rank' },
  alpha: { as: 'lora_alpha' },
  loraDropout: { as: 'lora_dropout' },
  targetModules: { as: 'lora_target' },
  rankStabilized: { as: 'use_rslora' },
  maxSteps: { as: 'max_steps', there: ({ maxSteps }) => (maxSteps === NO_CAP ? -1 : maxSteps) },
  seed: { as: 'seed', note: OWN_ORDER },
};

const PLACES: Readonly<Record<Dialect, Record<SettingKey, Place>>> = {
  script: SCRIPT,
  axolotl: AXOLOTL,
  'llama-factory': LLAMA_FACTORY,
};

export interface MappedSetting {
  key: SettingKey;
  /** As the page has it. */
  label: string;
  value: Value;
  /** Its name there, and its value. */
  as: string;
  there: Value | null;
  note: string | null;
}

export interface OtherSetting {
  key: SettingKey;
  label: string;
  /** The term of the field. */
  name: string;
  value: Value;
  why: string;
}

/** The settings that a run's method uses: those that mean the same there, and the others. `steps`: of its last fit. */
export function settingsElsewhere(
  dialect: Dialect,
  settings: Settings,
  steps = 0,
): { mapped: MappedSetting[]; others: OtherSetting[] } {
  const mapped: MappedSetting[] = [];
  const others: OtherSetting[] = [];
  // A run of an earlier version has not all that there is.
  for (const { key, label, name } of settingsOf(settings.method).filter(({ key }) => key in settings)) {
    const place = PLACES[dialect][key];
    const value = settings[key];
    if ('as' in place) {
      const there = place.there === undefined ? value : place.there(settings, steps);
      mapped.push({ key, label, value, as: place.as, there, note: place.note ?? null });
    } else others.push({ key, label, name, value, why: place.why });
  }
  return { mapped, others };
}

/** The mapped ones by their names there. */
export function namedSettings(mapped: readonly MappedSetting[]): Record<string, Value | null> {
  return Object.fromEntries(mapped.map(({ as, there }) => [as, there]));
}
