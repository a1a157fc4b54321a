/**
 * Which rung to use, and a figure that the choice does not flatter.
 *
 * The cheapest that is not worse: a dearer one is taken only where it is likely to be more than a point better. A figure
 * chosen as the best of several is too good; so for each fold the choice is made once more without that fold, and what
 * was chosen then answers it. The mean of those answers is the figure of the whole procedure (Varma and Simon 2006, «Bias
 * in error estimation when using cross-validation for model selection»), and it costs nothing: all answers are there.
 */
import { AppError } from '../errors';
import { type FoldAnswers, gainOver, type Judge, meanScore } from './answers';

/** A rung that has all its folds, or a try of its settings. */
export interface Contender {
  id: string;
  folds: readonly FoldAnswers[];
}

/** Three to one: below it the dearer one is as likely to be worth its minutes by chance. */
export const LIKELY = 0.75;

/** The cheapest contender that is not worse than the best; they come in the order of their cost. */
export function cheapestNotWorse<C extends Contender>(judge: Judge, contenders: readonly C[]): C {
  const best = bestOf(judge, contenders);
  const found = contenders.find(
    (one) => one === best || (gainOver(judge, one.folds, best.folds)?.pPoint ?? 1) < LIKELY,
  );
  return found ?? best;
}

/** The one with the best mean; of equals the first. */
export function bestOf<C extends Contender>(judge: Judge, contenders: readonly C[]): C {
  const [first, ...rest] = contenders.map((one) => ({ one, score: meanScore(judge, one.folds) }));
  if (first === undefined) throw new AppError('internal', 'There is nothing to choose from.');
  return rest.reduce((best, next) => (next.score > best.score ? next : best), first).one;
}

export interface Nested {
  /** Each fold as answered by what was chosen without it. */
  folds: FoldAnswers[];
  /** The ids of these, in the same order. */
  chosen: string[];
}

/** The answers of a choice made for every fold by the other ones. `choose` sees no answer to the fold that is left out. */
export function nestedAnswers<C extends Contender>(
  judge: Judge,
  contenders: readonly C[],
  choose: (judge: Judge, contenders: readonly C[], without: number) => C = cheapestNotWorse,
): Nested {
  const numbers = (contenders[0]?.folds ?? []).map(({ fold }) => fold);
  const found = numbers.map((fold) => {
    const rest = contenders.map((one) => ({ ...one, folds: one.folds.filter((other) => other.fold !== fold) }));
    const { id } = choose(judge, rest, fold);
    const answered = contenders.find((one) => one.id === id)?.folds.find((own) => own.fold === fold);
    if (!answered) throw new AppError('internal', `${id} has no answers to fold ${fold}.`);
    return { id, answered };
  });
  return { folds: found.map(({ answered }) => answered), chosen: found.map(({ id }) => id) };
}
