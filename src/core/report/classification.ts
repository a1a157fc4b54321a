/**
 * The report of a classification: one schema that holds all the page shows. Every model's answers to rows that it had not
 * seen, what they come to by each metric, and what simpler methods gave on the same rows.
 */
import * as v from 'valibot';
import { ladderSchema, searchSchema } from './ladder-schema';
import { commonEntries, count, datasetEntries, interval, share } from './common';

/** `sd` is the sample deviation over folds: null with a single fold. */
const foldScores = v.object({ mean: share, sd: v.nullable(v.number()), folds: v.array(share) });
/** Null only in a partial report, where no fold of it was finished. */
const baseline = v.nullable(v.object({ accuracy: foldScores, macro_f1: foldScores }));
/**
 * What an interval rests on: the spread over folds, or the rows alone where the folds happen to lie closer together
 * than so few rows allow. Absent in reports of version 0.1, which went by the folds always.
 */
const ground = v.optional(v.picklist(['folds', 'rows']));
/** Over the finished folds; with one fold there is neither a deviation nor an interval. */
const crossValidated = v.object({
  mean: share,
  sd: v.nullable(v.number()),
  ci95: v.nullable(interval),
  ci95_from: ground,
});

const classRow = v.object({ label: v.string(), precision: share, recall: share, f1: share, support: count });
const average = v.object({ precision: share, recall: share, f1: share, support: count });

/** A full reading of some predictions, in scikit-learn's words. Rows of the matrix are true labels, columns predicted. */
const reading = v.object({
  rows: count,
  right: count,
  accuracy: share,
  /** Every row counted, copies too; where there are copies, `accuracy_ci95` is the interval to go by. */
  accuracy_wilson95: interval,
  /** The interval that page and files give. Absent, as the next two, in reports of version 0.1. */
  accuracy_ci95: v.optional(interval),
  macro_f1_ci95: v.optional(interval),
  /** Texts that are not copies of each other. */
  different_texts: v.optional(count),
  macro_f1: share,
  /** Null where a label has no row here: its recall is then undefined. */
  balanced_accuracy: v.nullable(share),
  matthews_corrcoef: v.number(),
  log_loss: v.number(),
  brier: v.number(),
  ece: share,
  per_class: v.array(classRow),
  macro_avg: average,
  weighted_avg: average,
  confusion_matrix: v.object({ labels: v.array(v.string()), counts: v.array(v.array(count)) }),
});

/**
 * One answered row. `line` is one-based in its file; `confidence` is the probability of `predicted`, `probabilities` those of
 * all labels in the order of `out_of_fold.confusion_matrix.labels`, but in very large reports and those of earlier builds.
 */
const answer = v.object({
  line: count,
  text: v.string(),
  label: v.string(),
  predicted: v.string(),
  confidence: share,
  fold: v.nullable(count),
  probabilities: v.optional(v.array(share)),
});

const comparison = v.object({
  /** Tuned minus the other, mean over folds, 0–1. */
  mean_difference: v.number(),
  ci95: interval,
  ci95_from: ground,
  p_two_sided: share,
  rope: v.number(),
  p_worse: share,
  p_equivalent: share,
  p_better: share,
});

/** Which recipes *features only* was given, in words, and by how many training rows they were judged. */
const recipeChoice = {
  /** `given`: too few rows to choose by; `best`: one was clearly ahead; `average`: several that the rows do not tell apart. */
  how: v.picklist(['given', 'best', 'average']),
  recipes: v.array(v.string()),
  judged_by_rows: count,
  /** A larger penalty was hardly worse than the usual one, and was taken: as where labels overlap or are noisy. */
  held_back: v.optional(v.boolean()),
  /** Each answers the rows without having been fitted to them; judged by the mean squared distance to the one-hot truth. */
  trials: v.array(
    v.object({ recipe: v.string(), right: v.number(), squared_error: v.number(), clearly_worse: v.boolean() }),
  ),
};
const scoresOnTest = v.object({ accuracy: share, macro_f1: share });
/** Null where they were never measured: of a report from elsewhere, whose run in the browser had not come to its test. */
const testBaselines = v.object({
  majority: v.nullable(scoresOnTest),
  tfidf_logistic_regression: v.nullable(scoresOnTest),
  features_only: v.nullable(scoresOnTest),
});
/**
 * Exact, on the same rows. The first two count rows; the p counts groups of rows that belong together, by whom they
 * favour: `groups_…`, absent in reports of version 0.1, where every row counted.
 */
const mcNemar = v.object({
  only_tuned_right: count,
  only_base_right: count,
  groups_tuned_better: v.optional(count),
  groups_base_better: v.optional(count),
  p_two_sided: share,
});
/** Rows of the test part that training has not seen, scored alone. */
const unseenRows = v.object({
  rows: count,
  right: count,
  accuracy: share,
  accuracy_ci95: interval,
  macro_f1: share,
  macro_f1_ci95: interval,
  different_texts: count,
  baselines: testBaselines,
  mcnemar: v.nullable(mcNemar),
  mcnemar_tfidf: mcNemar,
});

export const classificationSchema = v.object({
  ...commonEntries,
  /** Absent in reports before there was another; `parseReport` adds it. */
  task: v.literal('classification'),
  /** The measure that the verdict goes by. Absent in earlier reports: macro-F1 where `class_weight` is balanced. */
  judged_by: v.optional(v.picklist(['accuracy', 'macro_f1'])),
  dataset: v.object({
    ...datasetEntries,
    classes: count,
    labels: v.array(v.object({ label: v.string(), count })),
  }),
  cross_validation: v.object({
    /** Planned folds; `folds` holds the finished ones. */
    k: count,
    folds: v.array(
      v.object({
        fold: count,
        rows: count,
        accuracy: share,
        macro_f1: share,
        steps: count,
        epochs: v.number(),
        best_epoch: v.nullable(v.number()),
        seconds: v.number(),
      }),
    ),
    accuracy: crossValidated,
    macro_f1: crossValidated,
    interval_method: v.string(),
    notes: v.array(v.string()),
  }),
  baselines: v.object({ majority: baseline, tfidf_logistic_regression: baseline, features_only: baseline }),
  comparisons: v.object({
    /** Absent in reports of version 0.1. */
    majority: v.optional(v.nullable(v.object({ accuracy: comparison, macro_f1: comparison }))),
    features_only: v.nullable(v.object({ accuracy: comparison, macro_f1: comparison })),
    tfidf_logistic_regression: v.nullable(v.object({ accuracy: comparison, macro_f1: comparison })),
  }),
  /**
   * Where *features only*, the method or what it is compared with, was given what its training rows said is best: what
   * that was on each fold, and what the plain recipe, fitted to the same rows, gave. Absent in earlier reports.
   */
  recipes: v.optional(
    v.nullable(
      v.object({
        encoders: v.array(v.object({ id: v.string(), title: v.string(), sha256: v.string() })),
        folds: v.array(v.object({ fold: count, ...recipeChoice })),
        final: v.nullable(v.object(recipeChoice)),
        plain: scoresOnTest,
        /** The choice minus the plain recipe; null with fewer than two folds. */
        gain: v.nullable(v.object({ accuracy: comparison, macro_f1: comparison })),
        plain_test: v.nullable(scoresOnTest),
      }),
    ),
  ),
  /** Of a run that found what works: its table. Absent in reports of one method by hand, as the next. */
  ladder: v.optional(ladderSchema),
  /** The settings that were tried; null where none were, or not to the end. */
  search: v.optional(v.nullable(searchSchema)),
  /** All folds' predictions together: every training row answered by a model that never saw it. */
  out_of_fold: v.intersect([reading, v.object({ predictions: v.array(answer) })]),
  test: v.nullable(
    v.intersect([
      reading,
      v.object({
        source: v.string(),
        predictions: v.array(answer),
        baselines: testBaselines,
        /** Against features only. Null when the method is features only. */
        mcnemar: v.nullable(mcNemar),
        /** Against TF-IDF. Absent, as the rest, in reports of version 0.1. */
        mcnemar_tfidf: v.optional(mcNemar),
        /** Rows that repeat training rows, wholly or nearly, or belong with one: no news to the model. */
        seen: v.optional(v.object({ rows: count, right: count })),
        /** The figures without those; null where no row is left. Absent where none was seen. */
        unseen: v.optional(v.nullable(unseenRows)),
        /** Labels that training never saw, at most 20 of them, and their rows, which count as wrong. */
        unknown_labels: v.optional(v.object({ labels: v.array(v.string()), rows: count })),
      }),
    ]),
  ),
  /** Wrong answers, surest first, at most 50. */
  errors: v.array(v.intersect([answer, v.object({ part: v.picklist(['folds', 'test']) })])),
  curve: v.array(
    v.object({
      fold: count,
      epoch: v.number(),
      step: count,
      train_loss: v.nullable(v.number()),
      learning_rate: v.nullable(v.number()),
      grad_norm: v.nullable(v.number()),
      valid_loss: v.nullable(v.number()),
      valid_accuracy: v.nullable(share),
      valid_macro_f1: v.nullable(share),
    }),
  ),
});

export type ClassificationReport = v.InferOutput<typeof classificationSchema>;
export type Reading = v.InferOutput<typeof reading>;
export type Answer = v.InferOutput<typeof answer>;
export type Comparison = v.InferOutput<typeof comparison>;
export type McNemarFigures = v.InferOutput<typeof mcNemar>;
export type UnseenRows = v.InferOutput<typeof unseenRows>;
