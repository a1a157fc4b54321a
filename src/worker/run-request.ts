/** What a run begins with: a request that can be met, and a progress that says nothing yet. */
import { AppError } from '../core/errors';
import { checkChoices } from '../core/settings/defaults';
import type { HoneDatabase } from '../storage/schema';
import { modelEntry } from './own-model-source';
import { encodersOfRequest } from './run-encoders';
import { chosenRungs, rungsOf } from '../core/search/rung';
import { isKnownMethod, methodDefinition } from '../core/settings/methods';
import type { Method } from '../core/settings/settings';
import type { RunProgress, RunRequest } from '../core/run/record';

/** Throws `config-invalid` for a method that this version does not know: another version may have begun the run. */
export function demandMethod(method: Method): void {
  if (isKnownMethod(method)) return;
  throw new AppError(
    'config-invalid',
    `This version of Hone does not know the method «${method}». A run of it can be finished with what there is.`,
    { details: { method } },
  );
}

/**
 * Throws `not-found` for an unknown model, `model-missing` for one that was brought along and is not here any more,
 * `config-invalid` for an unknown method, for rungs that a search cannot take on, and with the first setting that is out of
 * its limits.
 */
export async function checkRequest(database: HoneDatabase, request: RunRequest): Promise<void> {
  const { method, choices, evaluation } = request;
  demandMethod(method);
  const { task } = methodDefinition(method);
  for (const [i, id] of encodersOfRequest(request).entries()) {
    const { shape } = await modelEntry(database, id);
    if (i === 0 && request.search) chosenRungs(rungsOf(task, shape), request.search.rungs);
  }
  const [fault] = checkChoices(choices);
  if (fault) throw new AppError('config-invalid', fault.message, { details: { key: fault.key } });
  const { folds, test } = evaluation;
  // One part held out is enough to judge answers by; labels are told apart over folds.
  const [fewest, most] = task === 'generation' ? [1, 5] : [2, 10];
  if (!Number.isInteger(folds) || folds < fewest || folds > most) {
    throw new AppError('config-invalid', `Folds: expected a whole number from ${fewest} to ${most}, got ${folds}.`);
  }
  if (test.kind === 'hold-out' && !(test.share > 0 && test.share < 1)) {
    throw new AppError('config-invalid', `Hold-out: expected a share between 0 and 1, got ${test.share}.`);
  }
}

export function firstProgress({ evaluation }: RunRequest): RunProgress {
  return {
    phase: 'loading-model',
    message: 'Starting',
    fold: 0,
    folds: evaluation.folds,
    epoch: 0,
    epochs: 0,
    step: 0,
    steps: 0,
    phaseProgress: 0,
    progress: 0,
    elapsedMs: 0,
    leftMs: null,
    examplesPerSecond: null,
  };
}
