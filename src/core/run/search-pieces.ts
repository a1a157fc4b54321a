/**
 * The finished pieces of a search, read as what they are of: trials for whoever goes on with it, and for whoever concludes
 * it the folds of the recommended rung and of the baselines that its report compares it with.
 */
import { argmaxRows } from '../metrics/probabilistic';
import type { Judge } from '../search/answers';
import { blocksOf } from '../search/blocks';
import type { LadderOutcome } from '../search/outcome';
import type { LadderPlan } from '../search/plan';
import type { Rung } from '../search/rung';
import { type Seen, type SkippedTrial, type Trial, trialAt, trialNumber } from '../search/trials';
import { methodDefinition } from '../settings/methods';
import type { BaselineId } from '../settings/settings';
import type { FoldPiece } from './checkpoint';
import type { ExperimentOutcome } from './experiment';
import type { TrialId } from './parts';

/** Under which the pieces of a trial go. */
export function trialId(plan: LadderPlan, trial: Trial): TrialId {
  return `trial ${trialNumber(plan, trial)}`;
}

/** True for a piece of a search. */
export function isTrialPiece({ id }: Pick<FoldPiece, 'id'>): boolean {
  return id.startsWith('trial ');
}

/** What a piece says of its trial. */
export function seenIn(plan: LadderPlan, judge: Judge, trial: Trial, { outcome }: FoldPiece): Seen {
  const { fold, rows, probabilities, seconds } = outcome;
  const answers = argmaxRows(probabilities, judge.labels.length);
  const planned = plan.rungs.find(({ rung }) => rung === trial.rung);
  // Folds side by side share the clock, and those that are fitted at once may be more or fewer than there are lanes.
  const lanes = Math.max(1, planned?.atOnce ?? 1);
  const blocks = planned && trial.candidate === 0 ? blocksOf(planned, plan, trial.share) : [];
  const { length } = blocks.find((block) => block.includes(fold)) ?? { length: plan.folds };
  return { trial, folds: [{ fold, rows, answers }], ms: (1000 * seconds * Math.ceil(length / lanes)) / length };
}

/** All that kept pieces and what was passed over say. */
export function seenOf(
  plan: LadderPlan,
  judge: Judge,
  { pieces, skipped }: { pieces: readonly FoldPiece[]; skipped: readonly SkippedTrial[] },
): Seen[] {
  const seen = pieces.flatMap((piece): Seen[] => {
    const trial = isTrialPiece(piece) ? trialAt(plan, Number(piece.id.slice('trial '.length))) : null;
    return trial ? [seenIn(plan, judge, trial, piece)] : [];
  });
  return [...seen, ...skipped.map(({ trial, why }): Seen => ({ trial, folds: [], ms: 0, failed: why }))];
}

export interface ConcludedPieces {
  /** Those of the recommended rung as the run's own, and those of rungs that are baselines as theirs. */
  named: FoldPiece[];
  /** An outcome of the recommended rung, its folds answered by what was chosen without them: that figure does not flatter. */
  nested(outcome: ExperimentOutcome): ExperimentOutcome;
}

/** The pieces of a search as its report needs them. */
export function concludedPieces(
  { plan, rungs }: { plan: LadderPlan; rungs: readonly Rung[] },
  { recommended, candidate, nested: { folds: answered, answeredBy } }: LadderOutcome,
  pieces: readonly FoldPiece[],
): ConcludedPieces {
  const of = (trial: Trial): FoldPiece[] => {
    const id = trialId(plan, trial);
    return pieces.filter((piece) => piece.id === id).sort((a, b) => a.outcome.fold - b.outcome.fold);
  };
  const as = (id: FoldPiece['id'], trial: Trial): FoldPiece[] => of(trial).map((piece) => ({ ...piece, id }));
  const baselines = rungs.flatMap((rung) => {
    const id = plan.rungs.some((planned) => planned.rung === rung.id) ? baselineOf(rung) : null;
    return id ? [{ id, trial: { rung: rung.id, candidate: 0, share: 1 } as const }] : [];
  });
  const itself = baselines.find(({ trial }) => trial.rung === recommended);
  const folds = answeredBy.flatMap((trial, i) => {
    return of(trial).filter(({ outcome }) => outcome.fold === answered[i]?.fold);
  });
  return {
    named: [
      ...as('tuned', { rung: recommended, candidate, share: 1 }),
      ...baselines.filter((one) => one !== itself).flatMap(({ id, trial }) => as(id, trial)),
    ],
    nested: (outcome) => ({
      ...outcome,
      folds: folds.map((piece) => piece.outcome),
      baselines: {
        ...outcome.baselines,
        ...(itself && { [itself.id]: of(itself.trial).map((piece) => piece.outcome) }),
      },
    }),
  };
}

function baselineOf({ work }: Rung): BaselineId | null {
  if (work.kind === 'baseline') return work.id;
  return work.kind === 'method' ? methodDefinition(work.method).baseline : null;
}
