/** What is written of a classifier: labels of every kind, tokenizers with prompts, a graph of any number of labels; and by which texts it is proved. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { encoderTokenizer, templateReader } from '../../../src/core/export/classifier/encoder-files';
import { turnedBytes } from '../../../src/core/export/classifier/onnx-weights';
import { onnxFolder } from '../../../src/core/export/classifier/onnx-folder';
import { classifierParity, parityTexts } from '../../../src/core/export/classifier/parity';
import { beyondLinear, linearHead } from '../../../src/core/export/classifier/plain-head';
import { readClassifierLabels, readHead } from '../../../src/core/export/classifier/read-head';
import { sentenceFolder } from '../../../src/core/export/classifier/sentence-folder';
import { bytesSource } from '../../../src/core/formats/byte-source';
import { type OnnxTensor, readOnnx } from '../../../src/core/formats/onnx';
import type { PlannedFile } from '../../../src/core/formats/planned-file';
import { readFields } from '../../../src/core/formats/protobuf';
import { zipBytes } from '../../../src/core/formats/zip-writer';
import { plainRecipe } from '../../../src/core/recipes/recipe';
import { createTokenizer } from '../../../src/core/text/tokenizer';
import { written } from '../../helpers/format-files';
import { tinyClassifier, tinyHead } from '../../helpers/tiny-classifier';

const LABELS = ['__proto__', 'a "quoted" one', 'two\nlines', '=1+1', 'x'.repeat(200), '2', 'constructor'];

async function back(files: readonly PlannedFile[], path: string) {
  const file = files.find((one) => one.path === path) ?? expect.fail(path);
  return bytesSource(path, await written(file));
}

test('labels of any kind come back as they were, from both folders', async () => {
  const classifier = tinyClassifier({ labels: LABELS, head: tinyHead(LABELS.length, true) });
  const onnx = onnxFolder(classifier, 'float32');
  expect(await readClassifierLabels(await back(onnx, 'config.json'))).toEqual(LABELS);
  const config = new TextDecoder().decode(
    await written(onnx.find(({ path }) => path === 'config.json') ?? expect.fail()),
  );
  const { label2id } = JSON.parse(config) as { label2id: Record<string, number> };
  expect(new Map(Object.entries(label2id))).toEqual(new Map(LABELS.map((label, id) => [label, id])));
  const sentences = sentenceFolder(classifier);
  const files = new Map(
    await Promise.all(sentences.map(async ({ path }) => [path, await back(sentences, path)] as const)),
  );
  const { head, labels } = await readHead((path) => files.get(path) ?? expect.fail(path));
  expect(labels).toEqual(LABELS);
  expect(head).toEqual(classifier.head);
  expect(sentences.filter(({ path }) => path.includes('/')).map(({ path }) => path)).toEqual([
    '1_Pooling/config.json',
    '2_Normalize/config.json',
  ]);
  const plain = sentenceFolder({ ...classifier, head: tinyHead(LABELS.length, false) });
  expect(plain.some(({ path }) => path.startsWith('2_Normalize'))).toBe(false);
});

test('five hundred labels are five hundred logits; the size is known before anything is made', async () => {
  const labels = Array.from({ length: 500 }, (_, i) => `label ${i}`);
  const files = onnxFolder(tinyClassifier({ labels, head: tinyHead(500, true) }), 'int8');
  const source = await back(files, 'onnx/model_quantized.onnx');
  const { inputs, outputs, tensors, nodes } = await readOnnx(source);
  expect(inputs).toEqual(['input_ids', 'attention_mask', 'token_type_ids']);
  expect(outputs).toEqual(['logits']);
  expect(tensors.get('head.bias')?.shape).toEqual([500]);
  expect(new Set(nodes.flatMap((node) => node.outputs)).size).toBe(nodes.length);
  expect(source.size).toBe(files.find(({ path }) => path.endsWith('.onnx'))?.bytes);
  expect(zipBytes('f', files)).toBeGreaterThan(source.size);
});

// With the shipped tokenizer of a quarter of a million pieces, which takes its time: it is the one that has a prompt.
async function firstOf({ chunks }: OnnxTensor): Promise<ArrayBuffer> {
  for await (const chunk of chunks()) return Uint8Array.from(chunk).buffer;
  return expect.fail('nothing was made');
}

test.each([
  [64, 2],
  [39, 3],
  [5, 1],
])('a large value of %i inputs costs only its own of %i groups their steps', async (inputs, groups) => {
  const values = Float32Array.from({ length: 2 * inputs }, (_, i) => Math.sin(i) / (i === inputs ? 0.001 : 100));
  const given = {
    names: ['w'],
    shape: () => [2, inputs],
    lines: (_: string, from: number, to: number) => Promise.resolve(values.slice(from * inputs, to * inputs)),
  };
  const [steps, scales] = turnedBytes(given, 'w');
  const size = inputs / groups;
  expect([steps.shape, scales.shape]).toEqual([
    [groups, size, 2],
    [groups, 1, 2],
  ]);
  const bytes = new Int8Array(await firstOf(steps));
  const found = new Float32Array(await firstOf(scales));
  for (let output = 0; output < 2; output++) {
    for (let input = 0; input < inputs; input++) {
      const group = Math.floor(input / size);
      const scale = found[2 * group + output] ?? NaN;
      const back = scale * (bytes[2 * input + output] ?? NaN);
      expect(Math.abs(back - (values[output * inputs + input] ?? NaN))).toBeLessThanOrEqual(scale / 2 + 1e-9);
      // The second output's first value is the large one.
      if (output === 0 || group > 0) expect(scale).toBeLessThan(0.011 / 127);
    }
  }
  expect(found[1]).toBeGreaterThan(1);
});

test('a prompt stands in the template as tokens of their own, and texts are cut where the run cut them', async () => {
  const json = readFileSync('public/models/multilingual-e5-small/tokenizer.json', 'utf8');
  const parts = { tokenizer: { json, prompt: 'query: ' }, maxLength: 12 };
  const [file] = encoderTokenizer(parts, { withPrompt: true });
  const text = new TextDecoder().decode(await written(file ?? expect.fail()));
  const { truncation, post_processor: post } = JSON.parse(text) as {
    truncation: unknown;
    post_processor: { single: Record<string, { id: string }>[] };
  };
  expect(truncation).toMatchObject({ max_length: 12 });
  expect(post.single.map((piece) => Object.values(piece)[0]?.id)).toEqual(['<s>', '▁que', 'ry', ':', 'A', '</s>']);
  const read = templateReader(text, 12);
  const own = createTokenizer(JSON.parse(json), 'query: ');
  for (const one of ['', 'Wo ist mein Paket?', '我的包裹在哪里？', 'a b c d e f g h i j k l m n o p q r']) {
    expect([...read(one)]).toEqual([...own.encode(one, 12)]);
  }
});

test('what no other file holds is told; the plain recipe of the run’s encoder is a linear layer', () => {
  const part = {
    recipe: plainRecipe(['a']),
    centre: null,
    weight: Float32Array.of(1, 2),
    bias: Float32Array.of(0),
    share: 1,
  };
  const model = { kind: 'recipes' as const, classes: 1, parts: [part], characters: null };
  expect(linearHead(model, 'a')).toEqual({ weight: part.weight, bias: part.bias, normalised: true });
  // Another encoder's vectors are not the run's.
  expect(linearHead(model, 'b')).toBeNull();
  const centred = {
    ...part,
    recipe: { ...part.recipe, layers: 3 as const, centred: true },
    centre: Float32Array.of(1),
  };
  const characters = { terms: [], idf: part.bias, weight: part.bias, bias: part.bias, share: 0.1 };
  const chosen = { ...model, parts: [centred, part], characters };
  expect(linearHead(chosen, 'a')).toBeNull();
  expect(linearHead({ ...model, characters }, 'a')).toBeNull();
  expect(beyondLinear(chosen)).toBe(
    'the last three layers, vectors relative to their mean, 10 % character counts and the mean of 2 classifiers',
  );
});

test('64 texts: the fixed ones, the longest whole, others spread and cut to what there is time for', () => {
  const words = (count: number, i: number): string =>
    Array.from({ length: count }, (_, word) => `w${i}x${word}`).join(' ');
  const texts = Array.from({ length: 200 }, (_, i) => words(3 + (i % 40), i));
  const count = (text: string): number => text.split(' ').length + 2;
  const rows = parityTexts(texts, count, { rows: 64, tokens: 800 });
  expect(rows).toHaveLength(64);
  expect(new Set(rows.map(({ text }) => text)).size).toBe(64);
  const longest = rows.find(({ what }) => what === 'longest')?.text ?? '';
  expect(count(longest)).toBe(44);
  expect(rows.reduce((sum, { text }) => sum + count(text), 0)).toBeLessThanOrEqual(860);
  const places = rows.slice(5).map(({ text }) => Number(/w(\d+)x/.exec(text)?.[1]));
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(places.at(-1)).toBeGreaterThan(190);
  // Few rows are asked again without their first words; none at all leaves the fixed ones.
  expect(parityTexts(texts.slice(20, 30), count, { rows: 64, tokens: 8000 })).toHaveLength(64);
  expect(parityTexts([], count, { rows: 64, tokens: 8000 })).toHaveLength(4);
});

const found = (own: number[], theirs: number[], dtype: 'float32' | 'int8' = 'float32') =>
  classifierParity(
    { id: dtype === 'int8' ? 'onnx-int8' : 'onnx', dtype },
    {
      ...{ base: { id: 'm', sha256: 'a' }, plain: false, computed_on: 'wasm', classes: 2, tokens: [3] },
      ...{
        texts: [{ what: 'held-out', text: 'x' }],
        own: Float32Array.from(own),
        theirs: Float32Array.from(theirs),
        files: [],
      },
    },
  );

test('a file is the same within what its type rounds, and no answer may change but a tie', () => {
  expect(found([0.7, 0.3], [0.70005, 0.29995])).toMatchObject({ same: true, answers: { rows: 1, same: 1 } });
  expect(found([0.7, 0.3], [0.701, 0.299]).same).toBe(false);
  expect(found([0.7, 0.3], [0.68, 0.32], 'int8').same).toBe(true);
  expect(found([0.55, 0.45], [0.48, 0.52], 'int8')).toMatchObject({ same: false, answers: { same: 0 } });
  expect(found([0.50005, 0.49995], [0.49999, 0.50001])).toMatchObject({ same: true, answers: { same: 1 } });
  for (const bad of [[NaN, 0.3], [0.7, NaN], [0.7], []]) expect(found([0.7, 0.3], bad).same).toBe(false);
});

test('a damaged graph is refused with its place', async () => {
  const read = (...bytes: number[]) => readOnnx(bytesSource('m.onnx', Uint8Array.from(bytes)));
  await expect(read()).rejects.toThrow(/no graph/);
  await expect(read(0x3a, 5, 0)).rejects.toThrow(/reaches beyond/);
  await expect(read(0x3b)).rejects.toThrow(/unknown kind 3/);
  await expect(read(0x3a, 0xff)).rejects.toThrow(/does not end/);
  // A tensor that claims more than it has.
  await expect(read(0x3a, 7, 0x2a, 5, 0x0a, 1, 9, 0x10, 1)).rejects.toThrow(/does not have the 36 bytes/);
  const fields = [];
  for await (const field of readFields(bytesSource('m', Uint8Array.of(0x08, 0x96, 1, 0x15, 0, 0, 0x80, 0x3f))))
    fields.push(field);
  expect(fields).toEqual([
    { field: 1, kind: 'number', value: 150 },
    { field: 2, kind: 'float', value: 1 },
  ]);
});
