/** What wanted answers cost a model: their learned tokens, each given those before it; without gradients. */
import * as tf from '@tensorflow/tfjs-core';
import type { TokenExample } from '../../../core/run/generation';
import type { AnswerLoss } from '../../../core/run/generation-outcome';
import { inferenceBatches } from '../../../core/text/batches';
import { AppError } from '../../../core/errors';
import { readValues } from '../../device/read';
import { FORWARD_TOKENS } from '../../fit/budget';
import type { Pace } from '../../fit/pace';
import { type Decoder, decoderStates, outputTable } from '../../models/decoder';
import { logitsOf } from '../../ops/chunked-cross-entropy';
import { crossEntropyWay } from '../../ops/cross-entropy';
import { selectRows } from '../../ops/select-rows';
import { weighTargets } from '../../ops/targets';
import { type Predictions, predictionsOf } from './loss';

/** Tokens whose logits stand in memory together. */
const CHUNK_ROWS = 128;

/** Losses in the order of the examples; null when stopped. `turn` is called between batches. Throws `non-finite`. */
export async function scoreExamples(
  decoder: Decoder,
  examples: readonly TokenExample[],
  pace: Pace,
  turn?: () => void,
): Promise<AnswerLoss[] | null> {
  const all: AnswerLoss[] = examples.map(() => ({ nll: 0, tokens: 0, right: 0 }));
  const lengths = examples.map(({ ids }) => ids.length);
  for (const places of inferenceBatches(lengths, { maxTokens: FORWARD_TOKENS })) {
    if (!(await pace.goOn())) return null;
    turn?.();
    const batch = places.flatMap((place) => examples[place] ?? []);
    const scored = await scoreBatch(decoder, batch);
    pace.checkDevice();
    places.forEach((place, i) => (all[place] = scored[i] ?? { nll: 0, tokens: 0, right: 0 }));
  }
  return all;
}

/** What each learned token of one example costs, −ln p, and whether it was the first choice. */
export async function scoreTokens(decoder: Decoder, example: TokenExample): Promise<TokenLosses> {
  return tokenLosses(decoder, predictionsOf([example]));
}

async function scoreBatch(decoder: Decoder, examples: readonly TokenExample[]): Promise<AnswerLoss[]> {
  const predictions = predictionsOf(examples);
  const { nll, right } = await tokenLosses(decoder, predictions);
  let at = 0;
  return Array.from(predictions.counts, (tokens) => {
    const loss: AnswerLoss = {
      nll: nll.subarray(at, at + tokens).reduce((a, b) => a + b, 0),
      tokens,
      right: right.subarray(at, at + tokens).reduce((a, b) => a + b, 0),
    };
    at += tokens;
    if (Number.isFinite(loss.nll)) return loss;
    throw new AppError('non-finite', 'The loss of an answer is not a number. Its model is damaged, or the device is.');
  });
}

interface TokenLosses {
  /** [learned tokens] −ln p */
  nll: Float64Array;
  /** [learned tokens] 1 where the token was the first choice. */
  right: Int32Array;
}

async function tokenLosses(decoder: Decoder, { batch, rows, labels }: Predictions): Promise<TokenLosses> {
  // [2, tokens]: losses and first choices, whose numbers float32 has exactly.
  const both = tf.tidy(() => {
    const states = selectRows(decoderStates(decoder, batch), rows);
    const table = outputTable(decoder);
    const way = crossEntropyWay();
    const parts: tf.Tensor[] = [];
    for (let start = 0; start < rows.length; start += CHUNK_ROWS) {
      const own = labels.slice(start, start + CHUNK_ROWS);
      const part = tf.tidy(() => {
        const logits = logitsOf(tf.slice(states, [start, 0], [own.length, -1]), table);
        const { losses } = way.forward(logits, weighTargets(own, decoder.config.vocabSize, { normalizer: 1 }));
        return tf.stack([losses, tf.cast(tf.argMax(logits, 1), 'float32')]);
      });
      parts.push(part);
    }
    return parts.length === 1 ? parts[0] : tf.concat(parts, 1);
  });
  const values = both ? await readValues(both) : new Float32Array();
  both?.dispose();
  const nll = Float64Array.from(values.subarray(0, rows.length));
  return { nll, right: labels.map((label, i) => (values[rows.length + i] === label ? 1 : 0)) };
}
