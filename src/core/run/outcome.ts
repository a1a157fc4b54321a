/**
 * The outcome of a run before anything is done, and what a run says of itself in words: what is missing after a stop,
 * what was done to get the model that is kept.
 */
import { formatAmount, formatCount } from '../words/numbers';
import type { ExperimentOutcome, ExperimentPlan } from './experiment';

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
    timings: {
      modelSeconds: 0,
      featuresSeconds: 0,
      baselinesSeconds: 0,
      foldsSeconds: 0,
      finalFitSeconds: 0,
      testSeconds: 0,
    },
  };
}

/** What a stopped run does not have; empty for a complete one. */
export function missingParts(
  outcome: ExperimentOutcome,
  { folds, settings }: Pick<ExperimentPlan, 'folds' | 'settings'>,
  test: boolean,
): string[] {
  const missing: string[] = [];
  const { majority, tfidf_logistic_regression, features_only } = outcome.baselines;
  const compared = [majority, tfidf_logistic_regression, settings.method === 'features' ? majority : features_only];
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

/** The C of one learner's logistic regressions: one per finished fold, and that of the fit to all training rows. */
export interface ChosenStrengths {
  name: string;
  folds: number[];
  final: number | null;
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
