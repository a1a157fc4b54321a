/**
 * What every method is compared with on the same folds: the commonest label, and word counts with logistic regression.
 * (*Features only* is the third; it is a method of its own.)
 */
import { majorityProbabilities } from '../../../core/baselines/majority';
import { predictProba } from '../../../core/baselines/logistic-regression';
import { CountedTexts } from '../../../core/baselines/counted-texts';
import { termsOf } from '../../../core/baselines/tf-idf';
import { labelsOf } from './corpus';
import { fitRegression } from './heads';
import type { ClassifierFoldLearner, TaskContext } from './method';

const NOT_ITERATED = { steps: 0, epochs: 0, bestEpoch: null, chosenC: null, notes: [], dispose: () => undefined };

export function majorityLearner({ corpus }: TaskContext): ClassifierFoldLearner {
  return {
    fit: ({ rows }) => {
      const labels = labelsOf(corpus, rows);
      const predict = (asked: Int32Array): Promise<Float32Array> =>
        Promise.resolve(majorityProbabilities(labels, corpus.labels.length, asked.length));
      return Promise.resolve({ ...NOT_ITERATED, predict });
    },
  };
}

/** Vocabulary and idf come from the fitted rows only; for the choice of C, from the part that the choice fits to. */
export function tfIdfLearner(context: TaskContext): ClassifierFoldLearner {
  const counted = new CountedTexts(context.corpus.texts, termsOf);
  return {
    async fit(task) {
      const words = counted.fit(task.rows);
      const at = (places: Int32Array): Int32Array => places.map((place) => task.rows[place] ?? 0);
      const refit = (train: Int32Array, held: Int32Array) => {
        const inner = counted.fit(at(train));
        return { x: counted.transform(inner, at(train)), heldX: counted.transform(inner, at(held)) };
      };
      const fit = await fitRegression(context, counted.transform(words, task.rows), task, { c: 0, l1: 0 }, refit);
      if (!fit) return null;
      const { model, chosenC } = fit;
      return {
        ...NOT_ITERATED,
        chosenC,
        predict: (asked) => Promise.resolve(predictProba(model, counted.transform(words, asked))),
      };
    },
  };
}
