/**
 * The outcome of a run, put together from its finished pieces: of a run that came to its end, that was stopped, or that is
 * ended later with what it had kept. And what it says of itself in words: what is missing after a stop, what was done to
 * get the model that is kept.
 */
import { BASELINE_WORDS, fittedBaselines } from '../settings/baselines';
import { methodDefinition } from '../settings/methods';
import type { BaselineId, Method } from '../settings/settings';
import { formatAmount, formatCount } from '../words/numbers';
import type { RecipePiece } from './checkpoint';
import type { ExperimentOutcome, ExperimentPlan, RecipeOutcome } from './experiment';
import type { ExperimentTimings } from './timings';
import type { ChosenStrengths, RunPieces } from './pieces';
import type { FoldOutcome } from './predictions';
import type { TrainedModel } from './trained-model';

/** The fit to all training rows. */
export interface FinalFit {
  model: TrainedModel;
  steps: number;
  epochs: number;
  trainedParameters: number;
  chosenC: number | null;
  notes: string[];
  /** Where a recipe was chosen; the plain one's answers are to the test rows. */
  recipe?: RecipePiece | undefined;
  plain?: TrainedModel | undefined;
}

/** What a run has when it is over. */
export interface FinishedWork {
  pieces: RunPieces;
  /** Trained on a fold's rows: the model that is kept where there is no final fit. */
  fallback: TrainedModel | null;
  /** Values trained in it, where its fold was not finished. */
  fallbackParameters?: number;
  final?: FinalFit | null;
  test?: ExperimentOutcome['test'];
  timings: ExperimentTimings;
}

/** Nothing done yet. */
export function emptyOutcome(): ExperimentOutcome {
  return {
    complete: false,
    missing: [],
    notes: [],
    folds: [],
    baselines: { majority: [], tfidf_logistic_regression: [], features_only: [] },
    tuned: null,
    finalFit: false,
    finalSteps: 0,
    finalEpochs: 0,
    base: null,
    test: null,
    trainedParameters: 0,
    timings: noTimings(),
  };
}

/** No time worked yet. */
export function noTimings(): ExperimentTimings {
  return {
    modelSeconds: 0,
    featuresSeconds: 0,
    baselinesSeconds: 0,
    foldsSeconds: 0,
    finalFitSeconds: 0,
    testSeconds: 0,
  };
}

/** Puts the pieces together, in an order that does not tell when each was made, nor by which start of the run. */
export function concludeRun(
  { pieces, fallback, fallbackParameters = 0, final = null, test = null, timings }: FinishedWork,
  plan: Pick<ExperimentPlan, 'folds' | 'settings'>,
  hasTest: boolean,
): ExperimentOutcome {
  const { method } = plan.settings;
  const fitted = fittedBaselines(method);
  const own = pieces.folds('tuned');
  const folds = own.map(({ outcome }) => outcome);
  // What the method is itself has its folds already.
  const baseline = (id: BaselineId): FoldOutcome[] => (fitted.includes(id) ? pieces.outcomes(id) : []);
  const outcome: ExperimentOutcome = {
    ...emptyOutcome(),
    notes: notesOf({ pieces, fallback, final }, method),
    folds,
    baselines: {
      majority: baseline('majority'),
      tfidf_logistic_regression: baseline('tfidf_logistic_regression'),
      features_only: baseline('features_only'),
    },
    tuned: final?.model ?? fallback,
    finalFit: final !== null,
    finalSteps: final?.steps ?? 0,
    finalEpochs: final?.epochs ?? 0,
    base: pieces.final('features_only')?.model ?? null,
    ...(final?.plain && { plain: final.plain }),
    test,
    trainedParameters: final?.trainedParameters ?? own.at(-1)?.trainedParameters ?? fallbackParameters,
    timings,
    recipes: recipesOf(pieces, final, method),
  };
  const missing = missingParts(outcome, plan, hasTest);
  return { ...outcome, missing, complete: missing.length === 0 };
}

/** Of *features only*: its own folds where it is the method, else the baseline's. */
function recipesOf(pieces: RunPieces, final: FinalFit | null, method: Method): RecipeOutcome | null {
  const itself = methodDefinition(method).baseline === 'features_only';
  const last = itself ? final?.recipe : pieces.final('features_only')?.recipe;
  const chosen = pieces.folds(itself ? 'tuned' : 'features_only').flatMap(({ outcome, recipe }) => {
    return recipe ? [{ outcome, recipe }] : [];
  });
  if (chosen.length === 0 && !last) return null;
  const labels = (itself ? final?.model : pieces.final('features_only')?.model)?.labels.length ?? 1;
  const rows = last && Int32Array.from({ length: last.plain.length / labels }, (_, row) => row);
  return {
    folds: chosen.map(({ outcome: { fold }, recipe: { choice } }) => ({ fold, choice })),
    plain: chosen.map(({ outcome, recipe: { plain } }) => ({ ...outcome, probabilities: plain })),
    final: last?.choice ?? null,
    plainTest: last && rows && rows.length > 0 ? { rows, probabilities: last.plain } : null,
  };
}

/** What was done otherwise than planned, how the kept model came about, which strengths were chosen; each said once. */
function notesOf(
  { pieces, fallback, final }: { pieces: RunPieces; fallback: TrainedModel | null; final: FinalFit | null },
  method: Method,
): string[] {
  const own = pieces.folds('tuned');
  const strengths = strengthNote([
    ...fittedBaselines(method).map((id) =>
      pieces.strengths(id, BASELINE_WORDS[id].plain, pieces.final(id)?.chosenC ?? null),
    ),
    pieces.strengths('tuned', methodDefinition(method).title.toLowerCase(), final?.chosenC ?? null),
  ]);
  const notes = [
    ...own.flatMap((piece) => piece.notes),
    ...(final?.notes ?? []),
    ...(final === null && fallback !== null ? [unfinishedNote(own.map(({ outcome }) => outcome))] : []),
    ...(strengths === null ? [] : [strengths]),
  ];
  return [...new Set(notes)];
}

/** What a stopped run does not have; empty for a complete one. */
export function missingParts(
  outcome: Pick<ExperimentOutcome, 'folds' | 'baselines' | 'finalFit' | 'test'>,
  { folds, settings }: Pick<ExperimentPlan, 'folds' | 'settings'>,
  test: boolean,
): string[] {
  const missing: string[] = [];
  const compared = fittedBaselines(settings.method).map((id) => outcome.baselines[id]);
  if (compared.some((done) => done.length < folds)) missing.push('some of the baselines');
  const left = folds - outcome.folds.length;
  if (left > 0) missing.push(`${formatCount(left)} of ${formatAmount(folds, 'fold')}`);
  if (!outcome.finalFit) missing.push('the final fit on all training rows');
  if (test && !outcome.test) missing.push('the test part');
  return missing;
}

/** How the kept model came about when there was no final fit. */
export function unfinishedNote(finished: readonly { fold: number }[]): string {
  const [first, second] = finished;
  // Of several folds the last to end need not be the last: they may have run side by side.
  const which = second || !first ? 'the fold that was finished last' : `fold ${first.fold + 1}`;
  return first
    ? `Stopped before the final fit: the model kept is that of ${which}, trained without that fold’s rows.`
    : 'Stopped in the first fold: the model kept is the best that fold had reached, trained on its rows only.';
}

/** Which C was used where it was chosen; null where none was. */
export function strengthNote(strengths: readonly ChosenStrengths[]): string | null {
  const chosen = strengths.filter(({ folds }) => folds.length > 0);
  if (chosen.length === 0) return null;
  const words = chosen.map(
    ({ name, folds, final }) => `${name} ${folds.join(', ')}${final === null ? '' : ` (all training rows ${final})`}`,
  );
  return `C was chosen on an inner part of each fold’s training rows: ${words.join('; ')}.`;
}

/** How long the final model trained and why. `best` are the folds' best epochs. */
export function lengthNote(epochs: number, best: readonly number[], rows: number): string {
  const length = formatAmount(Math.round(epochs * 100) / 100, 'pass', 'passes');
  const model = `The final model trained ${length} on all ${formatCount(rows)} training rows`;
  if (best.length === 0) {
    return `${model}, the planned length, as did every fold: no length was chosen by rows set aside.`;
  }
  const list = best.map((epoch) => formatCount(Math.round(epoch * 100) / 100)).join(', ');
  return `${model}, the median of the lengths at which the folds were best (${list}).`;
}
