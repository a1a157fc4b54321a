/**
 * Answers of a kept model: token ids in, class probabilities out.
 */
import { AppError } from '../../../core/errors';
import type { Head, TrainedModel } from '../../../core/run/trained-model';
import { inferenceBatches, padBatch } from '../../../core/text/batches';
import type { DeviceGuard } from '../../device/guard';
import { type Encoder, withWeights, withWords, type WordTable } from '../../models/encoder';
import { readArrays, type Weights } from '../../models/weights';
import { HEAD_BIAS, HEAD_WEIGHT } from './head';
import { forward } from '../../threads/forward';
import { FORWARD_TOKENS } from '../../fit/budget';
import { distinctTexts } from '../../frozen/distinct-texts';
import { Fork, forkOf } from '../../fit/fork';
import { answer } from './heads';
import { nextTurn } from '../../fit/pace';
import { placeRows, spreadRows } from '../../fit/rows';

/** Kept models of one encoder, ready to answer many times. */
export interface KeptModels {
  /** Probabilities [texts, classes] per model. `onTexts` tells how many are done; the signal stops between batches. */
  predict(
    tokenIds: readonly Int32Array[],
    options?: { signal?: AbortSignal; onTexts?: (done: number) => void },
  ): Promise<Float32Array[]>;
  dispose(): void;
}

/**
 * Puts the weights of some kept models on the device once. Models that left the encoder as it was share its run. Where
 * the encoder has not all words, `wordsOf` gives those of the texts asked about.
 */
export function openKeptModels(
  model: Encoder,
  models: readonly TrainedModel[],
  { guard, wordsOf }: { guard?: DeviceGuard; wordsOf?: (texts: readonly Int32Array[]) => WordTable } = {},
): KeptModels {
  const untouched = new Fork(model.weights, []);
  const forks: Fork[] = [];
  const dispose = (): void => {
    for (const fork of new Set([untouched, ...forks])) fork.dispose();
  };
  try {
    for (const { encoder } of models) forks.push(encoder.length === 0 ? untouched : forkOf(model, encoder));
  } catch (error) {
    dispose();
    throw error;
  }
  return {
    async predict(tokenIds, { signal, onTexts } = {}) {
      const { of, tokenIds: ids } = distinctTexts(tokenIds);
      const answers = models.map(({ labels }) => new Float32Array(ids.length * labels.length));
      let done = 0;
      const words = wordsOf?.(ids);
      try {
        const lengths = ids.map(({ length }) => length);
        for (const texts of inferenceBatches(lengths, { maxTokens: FORWARD_TOKENS })) {
          await nextTurn();
          if (signal?.aborted) throw new AppError('cancelled', 'Answering was stopped.');
          const batch = padBatch(texts.map((text) => ids[text] ?? new Int32Array()));
          const pooled = new Map<Fork, Float32Array>();
          for (const fork of new Set(forks)) {
            pooled.set(fork, await forward(withWords(withWeights(model, fork.weights), words), batch, 'pooled'));
          }
          guard?.check();
          models.forEach(({ head, labels }, i) => {
            const values = answer(head, pooled.get(forks[i] ?? untouched) ?? new Float32Array());
            placeRows(answers[i] ?? values, texts, values, labels.length);
          });
          onTexts?.((done += texts.length));
        }
      } finally {
        words?.table.dispose();
      }
      return models.map(({ labels }, i) => spreadRows(answers[i] ?? new Float32Array(), of, labels.length));
    },
    dispose,
  };
}

/** Probabilities [texts, classes] of one kept model, once. */
export async function predict(
  model: Encoder,
  trained: TrainedModel,
  tokenIds: readonly Int32Array[],
): Promise<Float32Array> {
  const predictor = openKeptModels(model, [trained]);
  try {
    return (await predictor.predict(tokenIds))[0] ?? new Float32Array();
  } finally {
    predictor.dispose();
  }
}

/** The head among a fork's weights as plain values, [classes, hidden]. */
export async function readHead(weights: Weights): Promise<Head> {
  const arrays = await readArrays(weights, [HEAD_WEIGHT, HEAD_BIAS]);
  const bias = arrays.get(HEAD_BIAS)?.values ?? new Float32Array();
  const columns = arrays.get(HEAD_WEIGHT)?.values ?? new Float32Array();
  const hidden = columns.length / bias.length;
  const weight = columns.map((_, i) => columns[(i % hidden) * bias.length + Math.floor(i / hidden)] ?? 0);
  return { weight, bias, normalised: false };
}
