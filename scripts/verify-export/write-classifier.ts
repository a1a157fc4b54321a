/**
 * Writes what is exported of a classifier into folders, for the reference tools to read, with what the engine itself answers to
 * fixed texts. A classifier is fitted to half of a sample; «tuned» has a random adapter merged into its encoder, «e5» reads a
 * hundred languages by other words, with a prompt. Labels are as hostile as they may be.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fitSteps } from '../../src/core/baselines/logistic-regression';
import { denseMatrix } from '../../src/core/baselines/matrix';
import type { ExportedClassifier } from '../../src/core/export/classifier/exported-classifier';
import { tunedTensors } from '../../src/core/export/classifier/kept-tensors';
import { onnxPython } from '../../src/core/export/classifier/onnx-folder';
import { parityTexts } from '../../src/core/export/classifier/parity';
import { CLASSIFIER_FORMATS } from '../../src/core/export/formats';
import { loraScaling, type LoraConfig } from '../../src/core/models/lora';
import { createRandom } from '../../src/core/random';
import type { Head, TrainedModel } from '../../src/core/run/trained-model';
import { padBatch } from '../../src/core/text/batches';
import { adapterShapes } from '../../src/engine/adapters/adapter';
import { forkOf } from '../../src/engine/fit/fork';
import { normaliseRows } from '../../src/engine/fit/rows';
import { type Encoder, withWeights } from '../../src/engine/models/encoder';
import { parseConfig } from '../../src/engine/models/bert/config';
import { placeModel, readModel } from '../../src/engine/models/read-model';
import { encoderAnswers } from '../../src/engine/proof/classifier-parity';
import { forward } from '../../src/engine/threads/forward';
import { builtInModel } from '../../tests/helpers/models';
import { startBackend } from '../../tests/helpers/tf-node';
import { CARD } from '../../tests/helpers/exported';
import { write } from './write-files';

const MODELS: Readonly<Record<string, string>> = {
  minilm: 'all-MiniLM-L6-v2',
  tuned: 'all-MiniLM-L6-v2',
  e5: 'multilingual-e5-small',
};
const LORA: LoraConfig = {
  ...{ rank: 4, alpha: 8, dropout: 0, rankStabilized: false },
  targetModules: ['query', 'value', 'output.dense'],
};
const HOSTILE = ['__proto__', 'a "quoted" one', 'two\nlines', '=1+1', 'x'.repeat(200), '{"0": 1}'];
const FOREIGN = [
  'Wo ist mein Paket?',
  '¿Dónde está mi pedido?',
  '我的包裹在哪里？',
  'где моя посылка',
  'ΟΔΟΣ',
  '한국어 문장입니다.',
];

/** Writes the exports of one model under `folder`. */
export async function writeClassifier(name: string, folder: string): Promise<void> {
  await startBackend('wasm');
  const model = await readModel(builtInModel(MODELS[name]));
  const { family, manifest, tensors, tokenizer } = model;
  const config = parseConfig(manifest.config);
  const rows = readFileSync('public/samples/support-tickets.jsonl', 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { text: string; label: string });
  const known = [...new Set(rows.map(({ label }) => label))];
  const labels = known.map((label, i) => HOSTILE[i] ?? label);
  const maxLength = 64;
  const read = (text: string): Int32Array => tokenizer.encode(text, maxLength);
  const texts = parityTexts(
    [
      ...FOREIGN,
      ...rows.filter((_, i) => i % 2 === 1).map(({ text }) => text),
      rows
        .map(({ text }) => text)
        .slice(0, 9)
        .join(' '),
    ],
    (text) => tokenizer.countTokens(text, maxLength),
    { rows: 64, tokens: 8192 },
  ).map(({ text }) => text);
  const fitted = rows.filter((_, i) => i % 2 === 0);
  const base = placeModel(model, [...texts.map(read), ...fitted.map(({ text }) => read(text))]);
  const encoder = name === 'tuned' ? randomAdapter(base) : [];
  const kept = { encoder, ...(name === 'tuned' && { lora: LORA }) };
  const fork = encoder.length > 0 ? forkOf(base, kept) : null;
  const own = fork ? withWeights(base, fork.weights, fork.lora) : base;
  const head = await fit(
    own,
    fitted.map(({ text }) => read(text)),
    fitted.map(({ label }) => known.indexOf(label)),
    known.length,
    name !== 'tuned',
  );
  const classifier: ExportedClassifier = {
    ...{ folder: 'classifier', labels, maxLength, config, head, card: CARD, notices: [] },
    vectors: 'float32',
    tensors: tunedTensors(
      {
        names: tensors.names,
        shape: (one) => tensors.shape(one),
        lines: (one, from, to) => tensors.readLines(one, from, to),
      },
      kept,
      (one) => family.isLinearWeight(one),
    ),
    tokenizer: {
      json: readFileSync(join('public/models', manifest.id, 'tokenizer.json'), 'utf8'),
      prompt: manifest.tokenizer.prompt,
    },
  };
  for (const format of CLASSIFIER_FORMATS) await write(join(folder, format.id, 'classifier'), format.files(classifier));
  const ids = texts.map(read);
  const turn = (): Promise<void> => Promise.resolve();
  const answers = await encoderAnswers(own, head, ids, turn);
  const vectors = await vectorsOf(own, ids, head.normalised);
  const width = config.hiddenSize;
  writeFileSync(
    join(folder, 'answers.json'),
    JSON.stringify({
      ...{ texts, labels, maxLength, ids: ids.map((row) => [...row]) },
      probabilities: texts.map((_, i) => [...answers.subarray(i * labels.length, (i + 1) * labels.length)]),
      vectors: texts.map((_, i) => [...vectors.subarray(i * width, (i + 1) * width)]),
      python: onnxPython('classifier', 'float32'),
    }),
  );
}

async function vectorsOf(encoder: Encoder, ids: readonly Int32Array[], normalised: boolean): Promise<Float32Array> {
  const width = encoder.config.hiddenSize;
  const all = new Float32Array(ids.length * width);
  for (const [i, row] of ids.entries()) all.set(await forward(encoder, padBatch([row]), 'pooled'), i * width);
  return normalised ? normaliseRows(all, width) : all;
}

async function fit(
  encoder: Encoder,
  ids: Int32Array[],
  labels: number[],
  classes: number,
  normalised: boolean,
): Promise<Head> {
  const x = denseMatrix(await vectorsOf(encoder, ids, normalised), encoder.config.hiddenSize);
  const steps = fitSteps(x, Int32Array.from(labels), classes, { c: 10 });
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  const { weights, bias } = step.value;
  return { weight: Float32Array.from(weights), bias: Float32Array.from(bias), normalised };
}

function randomAdapter({ family, config }: Encoder): TrainedModel['encoder'] {
  const random = createRandom(7);
  return Array.from(adapterShapes(family.linearModules(config), LORA), ([path, shape]) => ({
    ...{ name: path, shape },
    values: Float32Array.from({ length: shape[0] * shape[1] }, () => (0.2 * (random() - 0.5)) / loraScaling(LORA)),
  }));
}
