/**
 * The finished pieces of a run, from this start or from an interrupted one, and what is read off them: outcomes in
 * their order, strengths, time. Which start a piece came from makes no difference to any of it.
 */
import { BASELINES } from '../settings/baselines';
import type { BaselineId } from '../settings/settings';
import type { FinalPiece, FitState, FoldPiece, KeptWork } from './checkpoint';
import { foldPart } from './parts';
import type { FoldOutcome } from './predictions';

export type PieceId = FoldPiece['id'];

/** The C of one learner's logistic regressions: one per finished fold, and that of the fit to all training rows. */
export interface ChosenStrengths {
  name: string;
  folds: number[];
  final: number | null;
}

export class RunPieces {
  readonly #folds = new Map<PieceId, Map<number, FoldPiece>>();
  readonly #finals = new Map<PieceId, FinalPiece>();
  readonly #fits: readonly FitState[];

  constructor({ folds, finals, fits }: Pick<KeptWork, 'folds' | 'finals' | 'fits'>) {
    folds.forEach((piece) => this.addFold(piece));
    finals.forEach((piece) => this.addFinal(piece));
    this.#fits = fits;
  }

  addFold(piece: FoldPiece): void {
    const known = this.#folds.get(piece.id) ?? new Map<number, FoldPiece>();
    this.#folds.set(piece.id, known.set(piece.outcome.fold, piece));
  }

  addFinal(piece: FinalPiece): void {
    this.#finals.set(piece.id, piece);
  }

  has(id: PieceId, fold: number): boolean {
    return this.#folds.get(id)?.has(fold) ?? false;
  }

  /** Of one learner, in the order of the folds. */
  folds(id: PieceId): FoldPiece[] {
    return [...(this.#folds.get(id)?.values() ?? [])].sort((a, b) => a.outcome.fold - b.outcome.fold);
  }

  outcomes(id: PieceId): FoldOutcome[] {
    return this.folds(id).map(({ outcome }) => outcome);
  }

  final(id: BaselineId): FinalPiece | undefined {
    return this.#finals.get(id);
  }

  /** Fits of a baseline that are done: folds, and all rows. */
  countDone(id: BaselineId): number {
    return (this.#folds.get(id)?.size ?? 0) + (this.#finals.has(id) ? 1 : 0);
  }

  /** Where the fit of a part had got to. */
  stateOf(part: string): FitState | null {
    return this.#fits.find((state) => state.part === part) ?? null;
  }

  /** The C of a learner's folds and of its fit to all rows. */
  strengths(id: PieceId, name: string, final: number | null): ChosenStrengths {
    return { name, folds: this.folds(id).flatMap(({ chosenC }) => chosenC ?? []), final };
  }

  /** Seconds that went into all baselines. */
  baselineSeconds(): number {
    return BASELINES.reduce((sum, id) => sum + this.seconds(id), 0);
  }

  /** Seconds that went into a learner: its folds, finished and under way, and its fit to all rows. */
  seconds(id: PieceId): number {
    const finished = this.outcomes(id).reduce((sum, { seconds }) => sum + seconds, 0);
    const underWay = this.#fits.filter(({ part, fold }) => part === foldPart(fold, id === 'tuned' ? undefined : id));
    const begun = underWay.reduce((sum, { workedMs }) => sum + workedMs / 1000, 0);
    return finished + begun + (this.#finals.get(id)?.seconds ?? 0);
  }
}
