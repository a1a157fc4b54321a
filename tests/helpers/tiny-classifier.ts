/** A classifier small enough for a test of milliseconds, ready to be written down. */
import type { ExportedClassifier } from '../../src/core/export/classifier/exported-classifier';
import type { ModelTensors } from '../../src/core/export/model-tensors';
import { createRandom } from '../../src/core/random';
import type { Head } from '../../src/core/run/trained-model';
import { CARD } from './exported';
import { tinyArrays, tinyConfig } from './tiny-bert';
import { tinyModelFiles } from './tiny-model';

/** The files' values of a tiny model. */
export function tinyTensors(seed = 1): ModelTensors {
  const arrays = tinyArrays(seed);
  const find = (name: string): { shape: number[]; values: Float32Array } => {
    const array = arrays.get(name);
    if (array === undefined) throw new Error(`There is no ${name}.`);
    return array;
  };
  return {
    names: [...arrays.keys()],
    shape: (name) => find(name).shape,
    lines(name, from, to) {
      const { shape, values } = find(name);
      const width = values.length / (shape[0] ?? 1);
      return values.subarray(from * width, to * width);
    },
  };
}

/** A head whose answers differ from text to text. */
export function tinyHead(classes: number, normalised: boolean): Head {
  const random = createRandom(5);
  const values = (count: number): Float32Array => Float32Array.from({ length: count }, () => 4 * random() - 2);
  return { weight: values(classes * tinyConfig.hiddenSize), bias: values(classes), normalised };
}

/** The whole, but for what is given. */
export function tinyClassifier(change: Partial<ExportedClassifier> = {}): ExportedClassifier {
  const labels = change.labels ?? ['spam', 'ham', 'other'];
  const json = new TextDecoder().decode(tinyModelFiles().get('tokenizer.json'));
  return {
    ...{ folder: 'tiny', labels, maxLength: 16, config: tinyConfig, tensors: tinyTensors() },
    ...{
      head: tinyHead(labels.length, true),
      vectors: 'float32',
      tokenizer: { json, prompt: '' },
      card: CARD,
      notices: [],
    },
    ...change,
  };
}
