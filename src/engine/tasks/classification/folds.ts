/** Folds of this task on other threads: what they are given, how they are fitted there, what comes back. */
import type { FoldPiece, RecipePiece } from '../../../core/run/checkpoint';
import type { RecipeCorpus } from '../../../core/recipes/encoded-rows';
import type { FoldOutcome } from '../../../core/run/predictions';
import type { TrainedModel } from '../../../core/run/trained-model';
import type { Settings } from '../../../core/settings/settings';
import type { AnsweredFold, FitContext } from '../../fit/learner';
import type { Encoder } from '../../models/encoder';
import type { Corpus } from './corpus';
import type { ClassifierFit, ClassifierFoldFit, ClassifierLearner } from './method';
import { unread } from './reading';
import { classificationMethod } from './registry';

/** What all folds share. */
export interface FoldShare {
  corpus: Corpus;
  settings: Settings;
  /** What the encoders made of the rows, for a method that learns from it; else nothing. */
  read: RecipeCorpus | null;
}

/** A fold that was fitted and answered, and its model. */
export interface FittedFold extends Omit<FoldPiece, 'id'> {
  model: TrainedModel;
}

/** What is sent to another thread. */
export function shareOf(corpus: Corpus, settings: Settings, read: RecipeCorpus): FoldShare {
  const { needsReading } = classificationMethod(settings.method);
  // Nothing else that is fitted reads a text but by its tokens.
  return { corpus: { ...corpus, texts: [] }, settings, read: needsReading ? read : null };
}

/** The learner of another thread, before it borrows what was prepared on the first. */
export function openFolds(
  { corpus, settings, read }: FoldShare,
  model: Encoder,
  context: Omit<FitContext, 'settings'>,
): ClassifierLearner {
  const own = {
    ...context,
    model,
    corpus,
    settings,
    // What is read once for all folds was read before.
    features: { get: () => Promise.resolve(null), put: () => Promise.resolve() },
    modelSha256: '',
    encoderId: '',
    names: [],
    further: [],
  };
  return classificationMethod(settings.method).learner(own, read ?? unread(corpus));
}

/** A fold's answers as they are kept. */
export function outcomeOf({ answers: probabilities, ...rest }: AnsweredFold<Float32Array>): FoldOutcome {
  return { ...rest, probabilities };
}

/** A finished fold with all that the report says of it. */
export function pieceOf(id: FoldPiece['id'], outcome: FoldOutcome, fit: ClassifierFoldFit | ClassifierFit): FoldPiece {
  const trainedParameters = 'trainedParameters' in fit ? fit.trainedParameters : 0;
  const recipe = recipePieceOf(fit, outcome.rows);
  return { id, outcome, chosenC: fit.chosenC, notes: fit.notes, trainedParameters, ...(recipe && { recipe }) };
}

/** What is kept of a choice of recipes, with what the plain one answers to some rows. */
export function recipePieceOf({ recipe }: ClassifierFoldFit, rows: Int32Array): RecipePiece | undefined {
  return recipe && { choice: recipe.choice, plain: recipe.plain(rows) };
}

/** A finished fold, to be sent back. */
export async function closeFold(answered: AnsweredFold<Float32Array>, fit: ClassifierFit): Promise<FittedFold> {
  const { id: _, ...piece } = pieceOf('tuned', outcomeOf(answered), fit);
  return { ...piece, model: await fit.keep() };
}
