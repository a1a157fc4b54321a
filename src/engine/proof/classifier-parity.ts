/**
 * What the proof of a classifier's files compares: the run's own model on some texts, an encoder in files with a head, and a
 * graph. Means of the tokens are not rounded to halves here, as those are that the page keeps: no file does so.
 */
import { AppError } from '../../core/errors';
import type { ByteSource } from '../../core/formats/byte-source';
import { type OwnEncoder, readOwnValues } from '../../core/models/own-model';
import type { OwnTensor } from '../../core/models/own-tensors';
import type { Head } from '../../core/run/trained-model';
import { inferenceBatches, padBatch } from '../../core/text/batches';
import { FORWARD_TOKENS } from '../fit/budget';
import { placeRows } from '../fit/rows';
import { type Encoder } from '../models/encoder';
import { placeWeights } from '../models/read-model';
import { findEncoderFamily } from '../models/registry';
import type { NamedArray } from '../models/weights';
import { WordRows } from '../models/word-rows';
import { answer } from '../tasks/classification/heads';
import { forward } from '../threads/forward';
import { type OnnxRunOptions, runOnnx } from './onnx-run';

/** Probabilities [texts, classes] of an encoder and a head, to token ids of texts. */
export async function encoderAnswers(
  encoder: Encoder,
  head: Head,
  ids: readonly Int32Array[],
  turn: () => Promise<void>,
): Promise<Float32Array> {
  const vectors = new Float32Array(ids.length * encoder.config.hiddenSize);
  for (const some of batchesOf(ids)) {
    await turn();
    const batch = padBatch(some.map((text) => ids[text] ?? new Int32Array()));
    placeRows(vectors, some, await forward(encoder, batch, 'pooled'), encoder.config.hiddenSize);
  }
  return answer(head, vectors);
}

/** The same of a graph in a file. Throws as `runOnnx`. */
export async function graphAnswers(
  source: ByteSource,
  ids: readonly Int32Array[],
  classes: number,
  options: OnnxRunOptions = {},
): Promise<Float32Array> {
  const batches = batchesOf(ids);
  const padded = batches.map((some) => padBatch(some.map((text) => ids[text] ?? new Int32Array())));
  const logits = await runOnnx(source, padded, options);
  const probabilities = new Float32Array(ids.length * classes);
  batches.forEach((some, i) => {
    const { shape, values } = logits[i] ?? { shape: [], values: [] };
    if (shape.join() !== `${some.length},${classes}`) {
      throw new AppError('model-damaged', `${source.file} gives [${shape.join(', ')}] for ${some.length} texts.`);
    }
    some.forEach((text, row) => {
      probabilities.set(shares(values.slice(row * classes, (row + 1) * classes)), text * classes);
    });
  });
  return probabilities;
}

/** An encoder in files on the device, with the words of some texts. Its weights are the caller's. */
export async function placeFileEncoder(own: OwnEncoder, ids: readonly Int32Array[]): Promise<Encoder> {
  const family = findEncoderFamily(own.family);
  const config = family.parseConfig(own.config);
  const words = WordRows.of(ids, config.vocabSize);
  const arrays: NamedArray[] = [];
  for (const tensor of own.tensors) {
    const { name, shape } = tensor;
    if (name === family.wordTable) arrays.push(await readLines(tensor, words.ids));
    else arrays.push({ name, shape, values: await readOwnValues(tensor) });
  }
  return { family, config, weights: placeWeights(family.fromFiles(arrays)), words };
}

async function readLines(tensor: OwnTensor, lines: Int32Array): Promise<NamedArray> {
  const [, width = 1] = tensor.shape;
  const values = new Float32Array(lines.length * width);
  for (const [i, line] of lines.entries()) values.set(await readOwnValues(tensor, line, line + 1), i * width);
  return { name: tensor.name, shape: [lines.length, width], values };
}

function batchesOf(ids: readonly Int32Array[]): number[][] {
  return inferenceBatches(
    ids.map(({ length }) => length),
    { maxTokens: FORWARD_TOKENS },
  );
}

/** Softmax. */
function shares(logits: ArrayLike<number>): Float32Array {
  const most = Array.from(logits).reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = Float64Array.from(logits, (logit) => Math.exp(logit - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return Float32Array.from(powers, (power) => power / sum);
}
