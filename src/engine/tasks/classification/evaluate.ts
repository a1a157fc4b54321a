/**
 * Answers of kept models: texts with their token ids in, class probabilities out.
 */
import { AppError } from '../../../core/errors';
import type { EncodedRows } from '../../../core/recipes/encoded-rows';
import { answerRecipes } from '../../../core/recipes/model';
import { encodersOfHead, type Head, isOfRecipes, type TrainedModel } from '../../../core/run/trained-model';
import { inferenceBatches, padBatch } from '../../../core/text/batches';
import type { DeviceGuard } from '../../device/guard';
import { type Encoder, withWeights, withWords, type WordTable } from '../../models/encoder';
import { readArrays, type Weights } from '../../models/weights';
import { HEAD_BIAS, HEAD_WEIGHT } from './head';
import { forward, MEAN_LAYERS } from '../../threads/forward';
import { FORWARD_TOKENS } from '../../fit/budget';
import { distinctTexts } from '../../frozen/distinct-texts';
import { asKept } from '../../frozen/feature-cache';
import type { Fork } from '../../fit/fork';
import { forkOf } from '../../fit/fork';
import { answer, finite } from './heads';
import { nextTurn } from '../../fit/pace';
import { placeRows, spreadRows } from '../../fit/rows';

/** An encoder that kept models ask. */
export interface AskedEncoder {
  /** The model's. */
  id: string;
  encoder: Encoder;
  /** Where it has not all words on the device: those of some texts. */
  wordsOf?: (texts: readonly Int32Array[]) => WordTable;
}

/** Texts, and what each of the encoders reads of them: one list of token ids per encoder, in their order. */
export interface Question {
  texts: readonly string[];
  tokenIds: readonly (readonly Int32Array[])[];
}

/** Kept models, ready to answer many times. */
export interface KeptModels {
  /** Probabilities [texts, classes] per model. `onTexts` tells how many are done; the signal stops between batches. */
  predict(
    question: Question,
    options?: { signal?: AbortSignal; onTexts?: (done: number) => void },
  ): Promise<Float32Array[]>;
  dispose(): void;
}

/** Different texts that are answered together: what several encoders make of them has to be in memory at once. */
const TEXTS_AT_ONCE = 1024;

/**
 * Puts the weights of some kept models on the device once. Models that left the encoders as they were share their runs.
 * `first` is the id of the encoder that models with a linear head are of, and that they may have changed.
 */
export function openKeptModels(
  encoders: readonly AskedEncoder[],
  models: readonly TrainedModel[],
  { guard, first }: { guard?: DeviceGuard; first: string },
): KeptModels {
  const own = encoders.find(({ id }) => id === first);
  const changed: (Fork | null)[] = [];
  const dispose = (): void => changed.forEach((fork) => fork?.dispose());
  try {
    for (const kept of models) changed.push(!own || readsAsItCame(kept) ? null : forkOf(own.encoder, kept));
  } catch (error) {
    dispose();
    throw error;
  }
  const asked = new Set(
    models.flatMap(({ head }, i) => (changed[i] ? [] : isOfRecipes(head) ? encodersOfHead(head) : [first])),
  );
  const readers = encoders.map((encoder) => ({
    ...encoder,
    /** As it came; else with the weights of a model. */
    forks: [
      ...(asked.has(encoder.id) ? [null] : []),
      ...(encoder === own ? changed.filter((fork) => fork !== null) : []),
    ],
  }));
  const passes = readers.reduce((sum, { forks }) => sum + forks.length, 0);

  /** Answers of all models to some texts. */
  const answerSome = async ({ texts, tokenIds }: Question, onPass: (texts: number) => Promise<void>) => {
    const read: EncodedRows[] = [];
    const vectors = new Map<Fork | null, Float32Array>();
    for (const [number, { id, encoder, wordsOf, forks }] of readers.entries()) {
      const { of, tokenIds: ids } = distinctTexts(tokenIds[number] ?? []);
      const hidden = encoder.config.hiddenSize;
      const words = forks.length > 0 ? wordsOf?.(ids) : undefined;
      try {
        for (const fork of forks) {
          const columns = fork ? hidden : MEAN_LAYERS * hidden;
          const values = new Float32Array(ids.length * columns);
          const model = withWords(fork ? withWeights(encoder, fork.weights, fork.lora) : encoder, words);
          const lengths = ids.map(({ length }) => length);
          for (const some of inferenceBatches(lengths, { maxTokens: FORWARD_TOKENS })) {
            await onPass(0);
            const batch = padBatch(some.map((text) => ids[text] ?? new Int32Array()));
            placeRows(values, some, await forward(model, batch, fork ? 'pooled' : 'means'), columns);
            guard?.check();
            await onPass(some.length / Math.max(1, ids.length));
          }
          if (fork) vectors.set(fork, spreadRows(values, of, hidden));
          else
            read.push({ means: { encoder: id, hiddenSize: hidden, layers: MEAN_LAYERS, values: asKept(values) }, of });
        }
      } finally {
        words?.table.dispose();
      }
    }
    const untouched = read.find(({ means }) => means.encoder === first);
    const rows = Int32Array.from(texts.keys());
    return models.map(({ head }, i) => {
      if (isOfRecipes(head)) return finite(answerRecipes(head, read, texts, rows));
      const fork = changed[i] ?? null;
      return answer(head, (fork ? vectors.get(fork) : untouched && lastLayer(untouched)) ?? new Float32Array());
    });
  };

  return {
    async predict({ texts, tokenIds }, { signal, onTexts } = {}) {
      const places = new Map<string, number>();
      const firsts: number[] = [];
      const of = Int32Array.from(texts, (text, row) => {
        const known = places.get(text) ?? firsts.push(row) - 1;
        places.set(text, known);
        return known;
      });
      const answers = models.map(({ labels }) => new Float32Array(firsts.length * labels.length));
      let done = 0;
      for (let start = 0; start < firsts.length; start += TEXTS_AT_ONCE) {
        const rows = firsts.slice(start, start + TEXTS_AT_ONCE);
        const part = {
          texts: rows.map((row) => texts[row] ?? ''),
          tokenIds: tokenIds.map((ids) => rows.map((row) => ids[row] ?? new Int32Array())),
        };
        const own = await answerSome(part, async (share) => {
          if (share > 0) onTexts?.(Math.round((done += (share * rows.length) / passes)));
          else await nextTurn();
          if (signal?.aborted) throw new AppError('cancelled', 'Answering was stopped.');
        });
        own.forEach((values, i) => answers[i]?.set(values, start * (models[i]?.labels.length ?? 0)));
      }
      return models.map(({ labels }, i) => spreadRows(answers[i] ?? new Float32Array(), of, labels.length));
    },
    dispose,
  };
}

/** Probabilities [texts, classes] of one kept model of one encoder, once. */
export async function predict(
  encoder: Encoder,
  trained: TrainedModel,
  tokenIds: readonly Int32Array[],
  texts: readonly string[] = tokenIds.map((ids) => ids.join()),
): Promise<Float32Array> {
  const [id = ''] = encodersOfHead(trained.head);
  const predictor = openKeptModels([{ id, encoder }], [trained], { first: id });
  try {
    return (await predictor.predict({ texts, tokenIds: [tokenIds] }))[0] ?? new Float32Array();
  } finally {
    predictor.dispose();
  }
}

/** True for a model whose vectors may be those that are kept of the encoder as it came, which are rounded to float16. */
function readsAsItCame({ encoder, head }: TrainedModel): boolean {
  return encoder.length === 0 && (isOfRecipes(head) || head.unrounded !== true);
}

/** [texts, hidden] */
function lastLayer({ means: { values, hiddenSize, layers }, of }: EncodedRows): Float32Array {
  const vectors = new Float32Array(of.length * hiddenSize);
  of.forEach((text, i) => {
    const end = (text + 1) * layers * hiddenSize;
    vectors.set(values.subarray(end - hiddenSize, end), i * hiddenSize);
  });
  return vectors;
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
