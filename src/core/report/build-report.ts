/**
 * From what a run gave to its report. Pure: the same outcome gives the same report, whether the run just ended or
 * was cut short and is put together later from the folds that were kept. Of a search, `found` says what it came to; the folds
 * of its outcome are answered by what was chosen without them.
 */
import { type Interval, summariseFolds } from '../metrics/intervals';
import { withoutUndone } from '../run/curve';
import { methodDefinition } from '../settings/methods';
import type { BaselineId } from '../settings/settings';
import type { FoldOutcome } from '../run/predictions';
import type { ExperimentOutcome } from '../run/experiment';
import { compareWith, joined } from './build-comparisons';
import { testPart } from './build-test-part';
import type { ReportContext, ReportEnding } from './context';
import { answersOf, asShare, figuresOf, rowUnits, scoresOf } from './figures';
import type { Answer, ClassificationReport } from './classification';
import { REPORT_VERSION } from './common';
import type { SearchReport } from './ladder';
import { judgedBy } from './judged-by';
import { recipesOf } from './recipes';
import { finalModelOf, groupingOf, settingsInWords, timingsOf } from './run-facts';
import { verdictOf } from './verdict/verdict';

const INTERVAL_METHOD =
  'corrected resampled t over folds (Nadeau and Bengio 2003): mean ± t(0.975, n − 1) · sd · √(1/n + 1/(k − 1)) with n ' +
  'finished of k planned folds, cut at 0 and 1; where the rows alone allow less certainty, theirs: Wilson ' +
  'for accuracy, Wilson by label for macro-F1, adjusted Wald for differences on the same rows; copies count once';

/** Of a report, some 8 MB. */
const MOST_PROBABILITIES = 1_000_000;
/** At most this many wrong answers are listed. */
const MAX_ERRORS = 50;

/** Builds the report; null when not one fold was finished, since there is nothing to report then. */
export function buildReport(
  context: ReportContext,
  outcome: ExperimentOutcome,
  ending: ReportEnding,
  found: SearchReport | null = null,
): ClassificationReport | null {
  const folds = [...outcome.folds].sort((a, b) => a.fold - b.fold);
  if (folds.length === 0) return null;
  const { rows, settings } = context;
  const itself = methodDefinition(settings.method).baseline;
  const ownScores = folds.map((fold) => scoresOf(rows, fold));
  const foldsOf = (id: BaselineId): FoldOutcome[] | null => {
    return id === itself && outcome.baselines[id].length === 0 ? folds : matching(outcome.baselines[id], folds);
  };
  const baselineScores = (id: BaselineId): FoldScores[] | null =>
    foldsOf(id)?.map((fold) => scoresOf(rows, fold)) ?? null;
  const baselines = {
    majority: baselineScores('majority'),
    tfidf_logistic_regression: baselineScores('tfidf_logistic_regression'),
    features_only: baselineScores('features_only'),
  };
  const together = joined(folds);
  const units = rowUnits(rows);
  const reading = figuresOf(rows, together, units);
  const against = (id: BaselineId) =>
    compareWith(rows, units, { own: folds, other: foldsOf(id), planned: context.folds });
  const crossValidated = (metric: 'accuracy' | 'macro_f1') =>
    withInterval(
      ownScores.map((scores) => scores[metric]),
      context.folds,
      reading[`${metric}_ci95`],
    );
  const accuracy = crossValidated('accuracy');
  const macroF1 = crossValidated('macro_f1');
  const told = toldLabels(context);
  const outOfFold = folds
    .flatMap((fold) => answersOf(rows, fold, { fold: fold.fold, told }))
    .sort((a, b) => a.line - b.line);
  const test = testPart(context, outcome, told);
  const withoutVerdict: Omit<ClassificationReport, 'verdict'> = {
    schema: 'hone.report',
    version: REPORT_VERSION,
    task: 'classification',
    created_at: ending.createdAt,
    status: outcome.complete ? 'complete' : 'partial',
    missing: outcome.missing,
    judged_by: judgedBy(context.dataset.labels, settings.classWeight === 'balanced'),
    dataset: {
      name: context.dataset.name,
      version: context.dataset.version,
      rows: context.dataset.rows,
      classes: rows.labels.length,
      labels: context.dataset.labels,
      sha256: context.dataset.sha256,
      training_rows: rows.lines.length,
      test_rows: context.test?.lines.length ?? 0,
      left_out_rows: context.dataset.leftOutRows,
      grouped_rows: context.dataset.groupedRows,
      ...(context.dataset.grouping && { grouping: groupingOf(context.dataset.grouping) }),
      cut_rows: context.dataset.cutRows,
      ...(context.findings && { findings: context.findings }),
    },
    model: {
      id: context.model.id,
      title: context.model.title,
      sha256: context.model.sha256,
      parameters: context.model.parameters,
      trained_parameters: outcome.trainedParameters,
      licence: context.model.licence,
    },
    method: settings.method,
    method_title: methodDefinition(settings.method).title,
    backend: context.backend,
    device: context.device,
    settings: settingsInWords(settings),
    seed: settings.seed,
    cross_validation: {
      k: context.folds,
      folds: folds.map((fold, i) => ({
        fold: fold.fold,
        rows: fold.rows.length,
        ...(ownScores[i] ?? { accuracy: 0, macro_f1: 0 }),
        steps: fold.steps,
        epochs: fold.epochs,
        best_epoch: fold.bestEpoch,
        seconds: fold.seconds,
      })),
      accuracy,
      macro_f1: macroF1,
      interval_method: INTERVAL_METHOD,
      notes: [...context.notes, ...outcome.notes],
    },
    baselines: {
      majority: summary(baselines.majority),
      tfidf_logistic_regression: summary(baselines.tfidf_logistic_regression),
      features_only: summary(baselines.features_only),
    },
    comparisons: {
      majority: against('majority'),
      features_only: itself === 'features_only' ? null : against('features_only'),
      tfidf_logistic_regression: against('tfidf_logistic_regression'),
    },
    recipes: recipesOf(context, units, outcome, foldsOf('features_only')),
    ...(found && { ladder: found.ladder, search: found.search }),
    out_of_fold: {
      ...reading,
      // One reading, one interval: the answers of several models spread as the folds do.
      accuracy_ci95: accuracy.ci95 ?? reading.accuracy_ci95,
      macro_f1_ci95: macroF1.ci95 ?? reading.macro_f1_ci95,
      predictions: outOfFold,
    },
    test,
    errors: surestErrors(outOfFold, test?.predictions ?? []),
    final_model: finalModelOf(rows.lines.length, outcome),
    timings: timingsOf(ending.totalSeconds, outcome.timings),
    // Folds may have run side by side.
    curve: withoutUndone(ending.curve)
      .sort((a, b) => a.fold - b.fold)
      .map((point) => ({
        fold: point.fold,
        epoch: point.epoch,
        step: point.step,
        train_loss: point.trainLoss,
        learning_rate: point.learningRate,
        grad_norm: point.gradNorm,
        valid_loss: point.validLoss,
        valid_accuracy: point.metrics?.accuracy ?? null,
        valid_macro_f1: point.metrics?.macro_f1 ?? null,
      })),
  };
  return { ...withoutVerdict, verdict: verdictOf(withoutVerdict, found?.words ?? null) };
}

type FoldScores = ReturnType<typeof scoresOf>;

/** The outcomes of a baseline on exactly these folds, in their order; null when one is missing. */
function matching(outcomes: FoldOutcome[], folds: FoldOutcome[]): FoldOutcome[] | null {
  const found = folds.map(({ fold }) => outcomes.find((outcome) => outcome.fold === fold));
  return found.every((outcome) => outcome !== undefined) ? found : null;
}

/** The wider of two intervals: folds that happen to agree do not make a score surer than its rows. */
function withInterval(
  scores: number[],
  planned: number,
  ofRows: Interval,
): ClassificationReport['cross_validation']['accuracy'] {
  const { mean, sd, ci95: ofFolds } = summariseFolds(scores, planned);
  const share = asShare(mean);
  if (ofFolds === null) return { mean: share, sd: null, ci95: null };
  const [low, high] = [asShare(ofFolds[0]), asShare(ofFolds[1])];
  if (high - low >= ofRows[1] - ofRows[0]) return { mean: share, sd, ci95: [low, high], ci95_from: 'folds' };
  // Folds of unequal size: their mean is not quite the share of all rows.
  return { mean: share, sd, ci95: [Math.min(share, ofRows[0]), Math.max(share, ofRows[1])], ci95_from: 'rows' };
}

function summary(scores: FoldScores[] | null): ClassificationReport['baselines']['majority'] {
  if (scores === null) return null;
  const over = (folds: number[]) => {
    const { mean, sd } = summariseFolds(folds);
    return { mean: asShare(mean), sd: folds.length < 2 ? null : sd, folds };
  };
  return {
    accuracy: over(scores.map(({ accuracy }) => accuracy)),
    macro_f1: over(scores.map(({ macro_f1 }) => macro_f1)),
  };
}

/** All labels' probabilities are told of every row, but where that would be so many numbers that a page is slow with them. */
function toldLabels({ rows, test }: ReportContext): number {
  const { length } = rows.labels;
  return (rows.lines.length + (test?.lines.length ?? 0)) * length <= MOST_PROBABILITIES ? length : 0;
}

function surestErrors(outOfFold: Answer[], test: Answer[]): ClassificationReport['errors'] {
  const wrong = (answers: Answer[], part: 'folds' | 'test') =>
    answers
      .filter(({ label, predicted }) => label !== predicted)
      // They stand beside the answer itself.
      .map(({ probabilities: _, ...answer }) => ({ ...answer, part }));
  return [...wrong(outOfFold, 'folds'), ...wrong(test, 'test')]
    .sort((a, b) => b.confidence - a.confidence)
    .slice(0, MAX_ERRORS);
}
