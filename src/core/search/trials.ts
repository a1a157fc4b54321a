/**
 * The trials of a search: a rung with some settings on some share of the rows. Each has a number that follows from what it
 * is, not from when it was begun, so that what was kept of it is found again after an interruption.
 */
import { AppError } from '../errors';
import type { FoldAnswers } from './answers';
import type { LadderPlan, RowShare } from './plan';

/** What is fitted to folds. */
export interface Trial {
  rung: string;
  /** 0: the rung's settings on auto; else the number of a try of its settings. */
  candidate: number;
  share: RowShare;
}

/** What there is of a trial. */
export interface Seen {
  trial: Trial;
  folds: FoldAnswers[];
  /** Spent on these folds, of the wall clock. */
  ms: number;
  /** Why it cannot go on; its rung is skipped. */
  failed?: string | undefined;
}

/** A trial that could not be done, and why. */
export interface SkippedTrial {
  trial: Trial;
  why: string;
}

const SHARES: readonly RowShare[] = [1, 0.5, 0.25];
/** More tries than are ever made of one rung. */
const MOST_CANDIDATES = 64;

/** The number of a trial among all that a plan may ask for, from 0 on. */
export function trialNumber({ rungs }: Pick<LadderPlan, 'rungs'>, { rung, candidate, share }: Trial): number {
  const at = rungs.findIndex((planned) => planned.rung === rung);
  if (at < 0 || candidate >= MOST_CANDIDATES) throw new AppError('internal', `No trial ${candidate} of ${rung}.`);
  return (at * MOST_CANDIDATES + candidate) * SHARES.length + SHARES.indexOf(share);
}

/** The trial of a number; null where the plan has none. */
export function trialAt({ rungs }: Pick<LadderPlan, 'rungs'>, number: number): Trial | null {
  const share = SHARES[number % SHARES.length];
  const of = Math.floor(number / SHARES.length);
  const rung = rungs[Math.floor(of / MOST_CANDIDATES)]?.rung;
  return rung === undefined || share === undefined ? null : { rung, candidate: of % MOST_CANDIDATES, share };
}

/** The same trial. */
export function isTrial(a: Trial, b: Trial): boolean {
  return a.rung === b.rung && a.candidate === b.candidate && a.share === b.share;
}

/** The answers of a trial so far, in the order of the folds. */
export function foldsOf(seen: readonly Seen[], trial: Trial): FoldAnswers[] {
  const folds = seen.filter((one) => isTrial(one.trial, trial)).flatMap((one) => one.folds);
  return folds.sort((a, b) => a.fold - b.fold);
}

/** Folds of a plan that a trial has not answered yet. */
export function foldsLeft({ folds }: Pick<LadderPlan, 'folds'>, seen: readonly Seen[], trial: Trial): number[] {
  const done = new Set(foldsOf(seen, trial).map(({ fold }) => fold));
  return Array.from({ length: folds }, (_, fold) => fold).filter((fold) => !done.has(fold));
}
