/**
 * *Features only*: the encoder stays as it came, a softmax head is fitted to its vectors. Method and baseline alike.
 */
import { formatCount } from '../../../../core/words/numbers';
import { cachedVectors } from '../../../frozen/feature-cache';
import { answer, fitHead, type Strength } from '../heads';
import type { ClassifierLearner, TaskContext } from '../method';
import { spreadRows } from '../../../fit/rows';

/** Vectors [all rows of the run, hidden] of length 1, from the store where they are known. Null when stopped. */
export async function readVectors(context: TaskContext): Promise<Float32Array | null> {
  const { model, corpus, pace, progress, observer, threads, features, modelSha256 } = context;
  const { tokenIds, of } = corpus.distinct;
  const total = tokenIds.length;
  let told = 0;
  const vectors = await cachedVectors(model, tokenIds, {
    store: features,
    modelSha256,
    pace,
    threads,
    onTexts(done) {
      const message = `Reading ${formatCount(done)} of ${formatCount(total)} texts`;
      progress.report('features', done / total, { message, rows: done - told });
      told = done;
    },
    onLog: (message) => observer.onLog(message),
  });
  return vectors && spreadRows(vectors, of, model.config.hiddenSize);
}

/** As a baseline it chooses for itself: a strength set by hand for another method's head would handicap it. */
const CHOSEN: Strength = { c: 0, l1: 0 };

/** Fits heads to the vectors of the rows it is given. */
export function featuresLearner(context: TaskContext, vectors: Float32Array, strength = CHOSEN): ClassifierLearner {
  const { corpus, settings, model, progress } = context;
  const take = (rows: Int32Array): Float32Array => spreadRows(vectors, rows, model.config.hiddenSize);
  return {
    prepare: () => Promise.resolve(true),
    async fit(task) {
      const { rows, fold, part } = task;
      progress.report(part, 0, { message: `Fitting the classifier to ${formatCount(rows.length)} rows`, fold });
      const fitted = await fitHead(context, take(rows), task, strength);
      if (!fitted) return null;
      const { head, chosenC } = fitted;
      return {
        chosenC,
        steps: 0,
        epochs: 0,
        bestEpoch: null,
        notes: [],
        trainedParameters: head.weight.length + head.bias.length,
        predict: (asked) => Promise.resolve(answer(head, take(asked))),
        keep: () => Promise.resolve({ labels: corpus.labels, maxLength: settings.maxLength, head, encoder: [] }),
        dispose: () => undefined,
      };
    },
  };
}
