/**
 * The report of written answers: one schema that holds all the page shows. Every held-out row with its answer by each way,
 * what they come to by each metric on the same rows, and what tuning gains over the ways that need none.
 * `rouge_l` and `exact_match` are shares, `chrf` goes from 0 to 100, as their tools have them; `loss` is per token.
 */
import * as v from 'valibot';
import { commonEntries, count, datasetEntries, interval, share } from './common';

const chrf = v.pipe(v.number(), v.minValue(0), v.maxValue(100));
const ci = v.nullable(interval);

/** What the answers of one way come to. */
const answerScores = {
  exact_match: share,
  /** Answers that are the wanted one letter by letter. */
  exact: count,
  /** The same but for case, punctuation and blanks. */
  exact_match_normalised: share,
  /** Means over answers. */
  rouge_l: share,
  chrf,
  mean_words: v.number(),
  mean_tokens: v.number(),
  /** Answers that ended at the limit. */
  cut: count,
};
/** What the wanted answers cost a model, over all tokens; null where they were not scored. */
const modelScores = {
  loss: v.nullable(v.number()),
  perplexity: v.nullable(v.number()),
  token_accuracy: v.nullable(share),
  ...answerScores,
};
const answerIntervals = { exact_match: ci, rouge_l: ci, chrf: ci };
const modelIntervals = { loss: ci, perplexity: ci, token_accuracy: ci, ...answerIntervals };

const writtenBy = v.nullable(v.object({ ...modelScores, ci95: v.object(modelIntervals) }));
const copied = v.nullable(v.object({ ...answerScores, ci95: v.object(answerIntervals) }));

/** Tuned minus the other, on the same rows. */
const difference = v.object({ difference: v.number(), ci95: ci });
const gain = v.nullable(
  v.object({
    chrf: difference,
    rouge_l: difference,
    exact_match: difference,
    /** Negative is better. Null where one of the two was not scored. */
    loss: v.nullable(difference),
  }),
);

export const answerWay = v.picklist(['base', 'few_shot', 'nearest', 'tuned']);
const untrainedWay = v.picklist(['base', 'few_shot', 'nearest']);
const byWay = <T extends v.GenericSchema>(schema: T) =>
  v.object({ base: schema, few_shot: schema, nearest: schema, tuned: schema });

/** Of one answer. `repeats` says that it stands in the training rows, word for word or nearly. */
const sampleAnswer = v.nullable(
  v.object({
    text: v.string(),
    tokens: count,
    cut: v.boolean(),
    exact: v.boolean(),
    rouge_l: share,
    chrf,
    /** Mean −ln p of the wanted answer's tokens; null where no model gave it. */
    loss: v.nullable(v.number()),
    repeats: v.nullable(v.picklist(['exactly', 'nearly'])),
    /** By check, in their order: passed or not, null where it could not be run. */
    checks: v.array(v.nullable(v.boolean())),
  }),
);

const sample = v.object({
  line: count,
  fold: count,
  /** Rows with one number belong together. Absent in reports from before checks: there each stands by itself. */
  group: v.optional(count),
  prompt: v.string(),
  wanted: v.string(),
  /** chrF of the tuned answer minus that of the best way without training; null without one. */
  gain: v.nullable(v.number()),
  answers: byWay(sampleAnswer),
  nearest_line: v.nullable(count),
  example_lines: v.array(count),
});

/** Answers that stand in the training rows; null where a way has none. */
const repeats = v.object({
  /** Rows whose prompt is not a training prompt: only of those a copied answer says anything. */
  rows: count,
  exactly: byWay(v.nullable(count)),
  nearly: byWay(v.nullable(count)),
  /** Of the wanted answers, that many stand there too: so much would be right. */
  wanted_exactly: count,
  wanted_nearly: count,
  /** Lines whose tuned answer is copied word for word though another was wanted, at most 100 of them, and how many. */
  misplaced: count,
  misplaced_lines: v.array(count),
});

const checkResult = v.object({
  /** Id of its kind: see core/checks/registry.ts. */
  id: v.string(),
  title: v.string(),
  /** What it was asked for, in words: «sql: text, limit: number». */
  detail: v.string(),
  parameters: v.record(v.string(), v.union([v.number(), v.string(), v.boolean()])),
  /** Why it is on, where the training answers suggested it; empty where a person picked it. */
  reason: v.string(),
  /** Why it could judge nothing; null where it did. */
  fault: v.nullable(v.string()),
  /** Answers of each way that passed; null where the way has no answers. */
  passed: byWay(v.nullable(count)),
  /** Of the share that passed, Wilson. */
  ci95: byWay(ci),
  /** Share of the tuned answers that passed minus that of the other, paired. */
  gains: v.object({
    base: v.nullable(difference),
    few_shot: v.nullable(difference),
    nearest: v.nullable(difference),
  }),
  /** Of the wanted answers. */
  wanted: count,
  /** Answers that it could not be run on: they count as not passed. */
  unjudged: count,
});

const vote = v.object({
  against: untrainedWay,
  seed: v.number(),
  pairs: count,
  tuned: count,
  other: count,
  equal: count,
  /** Of the pairs that were told apart, those in which the tuned answer was picked; null where none was. */
  win_rate: v.nullable(share),
  win_rate_ci95: ci,
  votes: v.array(v.object({ line: count, picked: v.picklist(['tuned', 'other', 'equal']) })),
});

export const generationSchema = v.object({
  ...commonEntries,
  task: v.literal('generation'),
  dataset: v.object(datasetEntries),
  evaluation: v.object({
    /** How rows were held out, and where they came from, in words. */
    kind: v.picklist(['hold-out', 'test', 'folds']),
    source: v.string(),
    /** Planned folds; one hold-out is one. `folds` has the finished ones. */
    k: count,
    folds: v.array(
      v.object({
        fold: count,
        training_rows: count,
        held_out_rows: count,
        steps: count,
        epochs: v.number(),
        best_epoch: v.nullable(v.number()),
        last_train_loss: v.nullable(v.number()),
        seconds: v.number(),
      }),
    ),
    /** Held-out rows that every way answered: what all figures are of. */
    rows: count,
    /** Of them, so many do not belong together: what intervals rest on. */
    independent_rows: count,
    interval_method: v.string(),
    notes: v.array(v.string()),
  }),
  generation: v.object({
    base: writtenBy,
    few_shot: writtenBy,
    nearest: copied,
    tuned: writtenBy,
    gains: v.object({ base: gain, few_shot: gain, nearest: gain }),
    /** Of the ways without training, the one with the best chrF; null where there is none. */
    best_untrained: v.nullable(untrainedWay),
    /** Examples in the few-shot prompt. */
    examples: count,
    decoding: v.object({
      max_new_tokens: count,
      temperature: v.number(),
      top_k: v.number(),
      top_p: v.number(),
      min_p: v.number(),
      repetition_penalty: v.number(),
      seed: v.number(),
    }),
    repeats,
    checks: v.array(checkResult),
    /** Every row that was judged, by line. */
    samples: v.array(sample),
    /** Null until someone has voted to the last pair. */
    vote: v.nullable(vote),
  }),
  curve: v.array(
    v.object({
      fold: count,
      epoch: v.number(),
      step: count,
      train_loss: v.nullable(v.number()),
      learning_rate: v.nullable(v.number()),
      grad_norm: v.nullable(v.number()),
      valid_loss: v.nullable(v.number()),
      valid_token_accuracy: v.nullable(share),
    }),
  ),
});

export type GenerationReport = v.InferOutput<typeof generationSchema>;
export type Sample = v.InferOutput<typeof sample>;
export type SampleAnswer = NonNullable<v.InferOutput<typeof sampleAnswer>>;
export type Gain = NonNullable<v.InferOutput<typeof gain>>;
export type UntrainedWay = v.InferOutput<typeof untrainedWay>;
export type CheckDifference = v.InferOutput<typeof difference>;
export type CheckResult = v.InferOutput<typeof checkResult>;
export type Vote = v.InferOutput<typeof vote>;
export type Repeats = v.InferOutput<typeof repeats>;
