/**
 * The line of every setting: label, field name, help, limits, and its `auto` with the reason.
 * Where a method's `auto` is another, its descriptor says so (`methods/`).
 * One object per setting, so that form, check and default cannot disagree; long because there are twenty of them.
 */
import { formatAmount, formatCount, formatPercent } from '../words/numbers';
import { ENOUGH_TO_CHOOSE, innerRows } from './early-stopping';
import type { SettingDefinition, SettingFacts, SettingKey } from './settings';

const LENGTHS = [32, 64, 128, 256, 512, 1024];
/** Of any model: what a longer text takes grows with the square of its length. */
const LONGEST = 2048;
/** A length is enough when it cuts at most this share of the rows. */
const CUT_SHARE = 0.01;
/** Measured, see *Decisions*: at 14 to 1 weights cost methods that train points, at 30 to 1 they are level. */
const WEIGHT_LABELS_ABOVE = 20;

/** In the order of the form. */
export const DEFINITIONS: { [K in SettingKey]: SettingDefinition<K> } = {
  layers: {
    key: 'layers',
    label: 'Layers to adjust',
    name: 'layers',
    help: 'How many of the last layers learn. The ones below stay as they came and are run once.',
    kind: 'integer',
    min: 1,
    max: 5,
    group: 'main',
    auto: ({ modelLayers }) => {
      const value = Math.min(2, Math.max(1, modelLayers - 1));
      return { value, why: `The last ${value} of ${modelLayers}; the rest is run once and kept.` };
    },
  },
  rank: {
    key: 'rank',
    label: 'Rank',
    name: 'r',
    help: 'How wide the adapter is: the rank of what it adds to a layer. More can learn more, and weighs more.',
    kind: 'integer',
    min: 1,
    max: 256,
    group: 'main',
    auto: () => ({ value: 8, why: '8 is the usual rank.' }),
  },
  nEpochs: {
    key: 'nEpochs',
    label: 'Passes over the data',
    name: 'n_epochs',
    help: 'How often every row is shown. More passes learn more, and in the end learn by heart.',
    kind: 'integer',
    min: 1,
    max: 100,
    group: 'main',
    auto: (facts) => {
      const perLabel = facts.rows / Math.max(1, facts.labels);
      const value = perLabel <= 16 ? 15 : perLabel <= 32 ? 10 : perLabel <= 128 ? 6 : perLabel <= 1000 ? 4 : 3;
      return {
        value,
        why: `About ${formatCount(Math.round(perLabel))} rows per label settle in ${value}.`,
      };
    },
  },
  batchSize: {
    key: 'batchSize',
    label: 'Rows per step',
    name: 'batch_size',
    help: 'How many rows are looked at before the model is adjusted.',
    kind: 'integer',
    min: 1,
    max: 256,
    group: 'main',
    auto: ({ rows }) =>
      rows > 2000
        ? { value: 32, why: 'Enough rows for larger, steadier steps.' }
        : { value: 16, why: 'Small sets need the steps that small batches give.' },
  },
  learningRate: {
    key: 'learningRate',
    label: 'Learning rate',
    name: 'learning_rate',
    help: 'How far one step moves the model’s layers. Too high forgets what it knew, too low learns nothing.',
    kind: 'number',
    min: 1e-7,
    max: 0.01,
    group: 'main',
    auto: () => ({ value: 1e-4, why: '1e-4 suits a model this small; warms up, then falls to 0.' }),
    caution: (value, usual) => farFrom(value, usual, 'the model forgets what it knew, and answers may get worse'),
  },
  maxLength: {
    key: 'maxLength',
    label: 'Longest text, tokens',
    name: 'max_length',
    help: 'Longer texts are cut at the end. A token is a word or a piece of one.',
    kind: 'integer',
    min: 8,
    max: LONGEST,
    group: 'main',
    auto: autoLength,
  },
  classWeight: {
    key: 'classWeight',
    label: 'Weight rare labels',
    name: 'class_weight',
    help: 'Makes a row of a rare label count for more, so that the model does not overlook it.',
    kind: 'choice',
    options: [
      { value: 'none', label: 'off' },
      { value: 'balanced', label: 'balanced' },
    ],
    group: 'main',
    auto: ({ imbalance }) => ({
      value: imbalance > WEIGHT_LABELS_ABOVE ? 'balanced' : 'none',
      why: `Largest to smallest is ${imbalance.toFixed(1)}\u00a0:\u00a01; on above ${WEIGHT_LABELS_ABOVE}\u00a0:\u00a01.`,
    }),
  },
  maxSteps: {
    key: 'maxSteps',
    label: 'Most steps',
    name: 'max_steps',
    help: 'Training ends after this many steps at the latest.',
    kind: 'integer',
    min: 1,
    max: 10_000,
    group: 'main',
    auto: () => ({ value: 40, why: '40: more bring no more.' }),
  },
  earlyStoppingPatience: {
    key: 'earlyStoppingPatience',
    label: 'Patience',
    name: 'early_stopping_patience',
    help: 'Stops after this many passes without a better validation loss and keeps the best. 0 trains the full length on all rows.',
    kind: 'integer',
    min: 0,
    max: 100,
    group: 'main',
    auto: ({ rows, labels, folds }) => {
      const inner = Math.floor(innerRows(folds > 0 ? rows * (1 - 1 / folds) : rows));
      if (inner < ENOUGH_TO_CHOOSE) {
        const few = `A fold could set ${formatAmount(inner, 'row')} aside to choose a length by`;
        return { value: 0, why: `${few}; under ${ENOUGH_TO_CHOOSE} that is luck. All its rows train the full length.` };
      }
      const value = rows / Math.max(1, labels) <= 32 ? 3 : 2;
      return { value, why: `${value} passes without a better validation loss end a fold.` };
    },
  },
  seed: {
    key: 'seed',
    label: 'Seed',
    name: 'seed',
    help: 'Starts every random draw of the run: folds, order, dropout.',
    kind: 'integer',
    min: 0,
    max: 4_294_967_295,
    group: 'main',
    auto: () => ({ value: 42, why: 'Same seed, same device: the same bits.' }),
  },
  recipe: {
    key: 'recipe',
    label: 'Features of the frozen model',
    name: 'recipe',
    help: 'Which layers, encoders, label names and letter counts a classifier on the frozen model is given. Plain is the last layer alone.',
    kind: 'choice',
    options: [
      { value: 'choose', label: 'choose by measurement' },
      { value: 'plain', label: 'plain' },
    ],
    group: 'more',
    auto: () => ({ value: 'choose', why: 'Each fold tries about a dozen recipes on its own training rows: seconds.' }),
  },
  headC: {
    key: 'headC',
    label: 'Strength of the classifier',
    name: 'C',
    help: 'Inverse strength of its L2 penalty: higher follows the rows more closely. 0 tries several on rows set aside.',
    kind: 'number',
    min: 0,
    leastAboveZero: 1e-5,
    max: 1000,
    group: 'more',
    auto: () => ({ value: 0, why: 'Each fold decides by its own training rows.' }),
  },
  headLearningRate: {
    key: 'headLearningRate',
    label: 'Learning rate of the classifier',
    name: 'head_learning_rate',
    help: 'The classifier starts from nothing, so that it moves faster than the layers below.',
    kind: 'number',
    min: 1e-6,
    max: 0.1,
    group: 'more',
    auto: () => ({ value: 1e-3, why: 'Ten times the layers’ own: it starts from nothing.' }),
    caution: (value, usual) => farFrom(value, usual, 'the classifier jumps about and drags the layers with it'),
  },
  schedule: {
    key: 'schedule',
    label: 'Schedule',
    name: 'lr_scheduler_type',
    help: 'How the learning rate falls after the warm-up.',
    kind: 'choice',
    options: [
      { value: 'linear', label: 'linear' },
      { value: 'cosine', label: 'cosine' },
    ],
    group: 'more',
    auto: () => ({ value: 'linear', why: 'Falls evenly to 0.' }),
  },
  warmupRatio: {
    key: 'warmupRatio',
    label: 'Warm-up',
    name: 'warmup_ratio',
    help: 'Share of the steps in which the learning rate rises from 0.',
    kind: 'number',
    min: 0,
    leastAboveZero: 1e-4,
    max: 0.5,
    group: 'more',
    auto: () => ({ value: 0.1, why: 'The first tenth of the steps.' }),
  },
  weightDecay: {
    key: 'weightDecay',
    label: 'Weight decay',
    name: 'weight_decay',
    help: 'Pulls the weights of matrices towards 0 at every step.',
    kind: 'number',
    min: 0,
    leastAboveZero: 1e-8,
    max: 1,
    group: 'more',
    auto: () => ({ value: 0.01, why: 'The usual 0.01, on matrices only.' }),
  },
  dropout: {
    key: 'dropout',
    label: 'Dropout',
    name: 'dropout',
    help: 'Share of values left out at random while training, so that no single one is relied on.',
    kind: 'number',
    min: 0,
    leastAboveZero: 1e-4,
    max: 0.9,
    group: 'more',
    auto: () => ({ value: 0.1, why: 'As the model was trained.' }),
  },
  rDrop: {
    key: 'rDrop',
    label: 'Agreement of two readings',
    name: 'r_drop_alpha',
    help: 'Reads each row twice a step, with other values left out by dropout, and draws the two answers together by so much. A step takes twice as long. 0 reads once.',
    kind: 'number',
    min: 0,
    leastAboveZero: 0.01,
    max: 10,
    group: 'more',
    auto: () => ({ value: 0, why: 'Off: it has to show that it helps. A search of everything tries it.' }),
  },
  alpha: {
    key: 'alpha',
    label: 'Alpha',
    name: 'lora_alpha',
    help: 'How strongly the adapter speaks: what it adds is multiplied by alpha divided by the rank.',
    kind: 'number',
    min: 0.1,
    max: 1024,
    group: 'more',
    auto: () => ({ value: 16, why: 'Twice the usual rank.' }),
  },
  loraDropout: {
    key: 'loraDropout',
    label: 'Dropout of the adapter',
    name: 'lora_dropout',
    help: 'Share of the values that go into the adapter, left out at random while training.',
    kind: 'number',
    min: 0,
    leastAboveZero: 1e-4,
    max: 0.9,
    group: 'more',
    auto: () => ({ value: 0, why: 'Off: the model’s own dropout does this work.' }),
  },
  targetModules: {
    key: 'targetModules',
    label: 'Layers with an adapter',
    name: 'target_modules',
    help: 'Which of the model’s linear layers get an adapter. Word tables and output layers never do.',
    kind: 'choice',
    options: [
      { value: 'all-linear', label: 'all linear layers' },
      { value: 'attention', label: 'those of attention' },
      { value: 'query-value', label: 'query and value' },
    ],
    group: 'more',
    auto: () => ({ value: 'all-linear', why: 'Learns more for the same rank than attention alone.' }),
  },
  rankStabilized: {
    key: 'rankStabilized',
    label: 'Divide alpha by the root of the rank',
    name: 'use_rslora',
    help: 'Rank-stabilised LoRA: keeps high ranks from being damped. Changes what alpha means.',
    kind: 'boolean',
    group: 'more',
    auto: () => ({ value: false, why: 'Off: it tells at ranks of 64 and more.' }),
  },
  maxGradNorm: {
    key: 'maxGradNorm',
    label: 'Gradient clip',
    name: 'max_grad_norm',
    help: 'A step longer than this is shortened to it. 0 switches it off.',
    kind: 'number',
    min: 0,
    leastAboveZero: 1e-4,
    max: 100,
    group: 'more',
    auto: () => ({ value: 1, why: 'One odd batch cannot throw the model off.' }),
  },
  gradientAccumulation: {
    key: 'gradientAccumulation',
    label: 'Batches per step',
    name: 'gradient_accumulation_steps',
    help: 'Adds up so many batches before one step: large steps in little memory.',
    kind: 'integer',
    min: 1,
    max: 64,
    group: 'more',
    auto: () => ({ value: 1, why: 'A batch of this size needs no splitting.' }),
  },
  augmentation: {
    key: 'augmentation',
    label: 'Noise in the texts',
    name: 'augmentation',
    help: 'Trains on texts with typing errors, or with words left out and swapped, drawn anew for up to 8 passes, fewer where there are many rows. Rows that are scored stay as they are.',
    kind: 'choice',
    options: [
      { value: 'none', label: 'none' },
      { value: 'letters', label: 'typing errors' },
      { value: 'words', label: 'words' },
      { value: 'both', label: 'both' },
    ],
    group: 'more',
    auto: () => ({ value: 'none', why: 'None: it has to show that it helps. A search tries it.' }),
  },
  l1: {
    key: 'l1',
    label: 'L1 penalty',
    name: 'l1',
    help: 'Adds this times the sum of the classifier’s absolute weights to the loss.',
    kind: 'number',
    min: 0,
    leastAboveZero: 1e-10,
    max: 1,
    group: 'more',
    auto: () => ({ value: 0, why: 'Off: the strength above does this work.' }),
  },
  l2: {
    key: 'l2',
    label: 'L2 penalty',
    name: 'l2',
    help: 'Adds this times the sum of the classifier’s squared weights to the loss.',
    kind: 'number',
    min: 0,
    leastAboveZero: 1e-10,
    max: 1,
    group: 'more',
    auto: () => ({ value: 0, why: 'Off: weight decay does this work.' }),
  },
  trainEmbeddings: {
    key: 'trainEmbeddings',
    label: 'Adjust the word table too',
    name: 'train_embeddings',
    help: 'Also trains the table of word vectors: half of all values, slower, and seldom better.',
    kind: 'boolean',
    group: 'more',
    auto: () => ({ value: false, why: 'Off: rare words would drift apart from the rest.' }),
  },
};

/** Beyond these factors of what suits a method, training seldom comes to anything. */
const FAR_ABOVE = 10;
const FAR_BELOW = 100;

/** What to expect of a learning rate far from the usual one; null for one that is not. */
function farFrom(value: number, usual: number, above: string): string | null {
  const times = value / usual;
  const than = (count: number): string => `${formatCount(Math.round(count))} times`;
  // What was typed and what it is compared with are decimal: 1e-3 is not over ten times 1e-4.
  if (times > FAR_ABOVE * 1.001) return `${than(times)} the usual ${shortRate(usual)}: ${above}.`;
  if (times < 1 / (FAR_BELOW * 1.001)) {
    return `${than(1 / times)} smaller than the usual ${shortRate(usual)}: hardly anything is learned.`;
  }
  return null;
}

function shortRate(rate: number): string {
  return rate.toExponential().replace('e+', 'e');
}

/** The shortest length that cuts at most one row in a hundred, and what the next one would cost. */
function autoLength({ tokens, rows, ...facts }: SettingFacts): { value: number; why: string } {
  const modelMaxTokens = Math.min(facts.modelMaxTokens, LONGEST);
  const lengths = LENGTHS.filter((length) => length < modelMaxTokens).concat(modelMaxTokens);
  const value = lengths.find((length) => tokens.shareOver(length) <= CUT_SHARE) ?? modelMaxTokens;
  const cut = tokens.shareOver(value);
  if (cut === 0) return { value, why: `Cuts nothing; the longest row has ${formatCount(tokens.max)}.` };
  const cutRows = Math.max(1, Math.round(cut * rows));
  const said = `Cuts ${formatAmount(cutRows, 'row')} (${formatPercent(cut)})`;
  const next = lengths.find((length) => length > value);
  if (next === undefined) return { value, why: `${said}; the model reads no more.` };
  const times = meanTokens(tokens, next) / meanTokens(tokens, value);
  return { value, why: times < 1.05 ? `${said}.` : `${said}; ${next} would take ${times.toFixed(1)} times the time.` };
}

/** Mean token count of rows cut at `limit`: the sum over k < limit of the share of rows longer than k. */
function meanTokens(tokens: SettingFacts['tokens'], limit: number): number {
  let sum = 0;
  for (let k = 0; k < limit; k++) sum += tokens.shareOver(k);
  return Math.max(1, sum);
}
