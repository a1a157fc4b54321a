/**
 * The settings as a registry: what a form lists, what may be typed, and what `auto` becomes for given facts.
 */
import { DEFINITIONS } from './definitions';
import { methodDefinition } from './methods';
import type {
  AutoValue,
  Method,
  SettingChoices,
  SettingDefinition,
  SettingFacts,
  SettingKey,
  Settings,
} from './settings';

/** Every setting in the order of the form. */
export const SETTINGS: readonly SettingDefinition[] = Object.values(DEFINITIONS);

/** The settings that a method uses, in the order of the form. */
export function settingsOf(method: Method): SettingDefinition[] {
  const { settings } = methodDefinition(method);
  return SETTINGS.filter(({ key }) => settings.includes(key));
}

/** The longest text that `auto` would cut at, whatever the method. */
export function autoMaxLength(facts: SettingFacts): number {
  return DEFINITIONS.maxLength.auto(facts).value;
}

const HAND_SET = 'You set this.';

const AUTO: Record<SettingKey, 'auto'> = {
  layers: 'auto',
  trainEmbeddings: 'auto',
  nEpochs: 'auto',
  batchSize: 'auto',
  gradientAccumulation: 'auto',
  learningRate: 'auto',
  headLearningRate: 'auto',
  weightDecay: 'auto',
  warmupRatio: 'auto',
  schedule: 'auto',
  maxGradNorm: 'auto',
  dropout: 'auto',
  rDrop: 'auto',
  augmentation: 'auto',
  maxLength: 'auto',
  classWeight: 'auto',
  headC: 'auto',
  recipe: 'auto',
  l1: 'auto',
  l2: 'auto',
  earlyStoppingPatience: 'auto',
  rank: 'auto',
  alpha: 'auto',
  loraDropout: 'auto',
  targetModules: 'auto',
  rankStabilized: 'auto',
  maxSteps: 'auto',
  seed: 'auto',
};

/** Every setting on `auto`. */
export function autoChoices(): SettingChoices {
  return { ...AUTO };
}

/**
 * Settles every `auto` for a method, and says in a few words why each value is what it is; `cautions` are for values set
 * by hand that are likely to spoil a run. Does not check: see `checkChoices`.
 */
export function resolveSettings(
  method: Method,
  choices: SettingChoices,
  facts: SettingFacts,
): { settings: Settings; why: Record<SettingKey, string>; cautions: Partial<Record<SettingKey, string>> } {
  const { auto: own } = methodDefinition(method);
  const why: Record<SettingKey, string> = { ...AUTO };
  const cautions: Partial<Record<SettingKey, string>> = {};
  const settle = <K extends SettingKey>(key: K): Settings[K] => {
    const choice: Settings[K] | 'auto' = choices[key];
    const { auto, caution }: SettingDefinition<K> = DEFINITIONS[key];
    const ofMethod: ((facts: SettingFacts) => AutoValue<K>) | undefined = own[key];
    const { value, why: reason } = (ofMethod ?? auto)(facts);
    why[key] = choice === 'auto' ? reason : HAND_SET;
    if (choice === 'auto') return value;
    const warning = caution?.(choice, value) ?? null;
    if (warning !== null) cautions[key] = warning;
    return choice;
  };
  const settings: Settings = {
    method,
    layers: settle('layers'),
    trainEmbeddings: settle('trainEmbeddings'),
    nEpochs: settle('nEpochs'),
    batchSize: settle('batchSize'),
    gradientAccumulation: settle('gradientAccumulation'),
    learningRate: settle('learningRate'),
    headLearningRate: settle('headLearningRate'),
    weightDecay: settle('weightDecay'),
    warmupRatio: settle('warmupRatio'),
    schedule: settle('schedule'),
    maxGradNorm: settle('maxGradNorm'),
    dropout: settle('dropout'),
    rDrop: settle('rDrop'),
    augmentation: settle('augmentation'),
    // What was typed may be more than this model reads.
    maxLength: Math.min(settle('maxLength'), facts.modelMaxTokens),
    classWeight: settle('classWeight'),
    headC: settle('headC'),
    recipe: settle('recipe'),
    l1: settle('l1'),
    l2: settle('l2'),
    earlyStoppingPatience: settle('earlyStoppingPatience'),
    rank: settle('rank'),
    alpha: settle('alpha'),
    loraDropout: settle('loraDropout'),
    targetModules: settle('targetModules'),
    rankStabilized: settle('rankStabilized'),
    maxSteps: settle('maxSteps'),
    seed: settle('seed'),
  };
  return { settings, why, cautions };
}

/** What is wrong with a value typed for a setting, in words; null when it may be used. `auto` always may. */
export function checkSetting(key: SettingKey, value: unknown): string | null {
  const {
    kind,
    min = -Infinity,
    max = Infinity,
    leastAboveZero,
    options = [],
    label,
  }: SettingDefinition = DEFINITIONS[key];
  if (value === 'auto') return null;
  if (kind === 'boolean') return typeof value === 'boolean' ? null : `${label}: expected on or off.`;
  if (kind === 'choice') {
    if (options.some((option) => option.value === value)) return null;
    return `${label}: expected ${options.map((option) => option.label).join(' or ')}.`;
  }
  const range = leastAboveZero === undefined ? `from ${min} to ${max}` : `from ${leastAboveZero} to ${max}, or 0`;
  const wanted = `${label}: expected a ${kind === 'integer' ? 'whole number' : 'number'} ${range}`;
  if (typeof value !== 'number' || !Number.isFinite(value)) return `${wanted}.`;
  const tooSmall = leastAboveZero !== undefined && value > 0 && value < leastAboveZero;
  if (value < min || value > max || tooSmall || (kind === 'integer' && !Number.isInteger(value))) {
    return `${wanted}; got ${value}.`;
  }
  return null;
}

/** The faults of a whole set of choices, in the order of the form; empty when a run may start with them. */
export function checkChoices(choices: SettingChoices): { key: SettingKey; message: string }[] {
  return SETTINGS.flatMap(({ key }) => {
    const message = checkSetting(key, choices[key]);
    return message === null ? [] : [{ key, message }];
  });
}
