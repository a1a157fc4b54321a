/** What is written of a tuned decoder, read back by our own readers; reference tools read it in `npm run verify:export`. */
import { expect, test } from 'vitest';
import { adapterConfig } from '../../../src/core/export/adapter-config';
import { ggufAdapter, ggufModel } from '../../../src/core/export/gguf-model';
import { mergedFolder } from '../../../src/core/export/merged-folder';
import { mergedTensors, type ModelTensors } from '../../../src/core/export/model-tensors';
import { chatMlSystem, modelfile, type PlainMessage } from '../../../src/core/export/modelfile';
import { peftFolder } from '../../../src/core/export/peft-folder';
import { type ByteSource, bytesSource } from '../../../src/core/formats/byte-source';
import { readGguf } from '../../../src/core/formats/gguf';
import type { PlannedFile } from '../../../src/core/formats/planned-file';
import { readSafetensors } from '../../../src/core/formats/safetensors';
import { lineOfGgufRow } from '../../../src/core/models/gguf-names';
import { readOwnValues } from '../../../src/core/models/own-model';
import { readOwnModel } from '../../../src/core/models/read-own-model';
import { CARD, exported, LORA, randomAdapter, tensorsOf, tinyDecoder } from '../../helpers/exported';
import { valuesOf, written } from '../../helpers/format-files';

async function sources(files: readonly PlannedFile[]): Promise<ByteSource[]> {
  return Promise.all(files.map(async (file) => bytesSource(file.path, await written(file))));
}

async function textOf(files: readonly PlannedFile[], path: string): Promise<string> {
  const file = files.find((one) => one.path === path) ?? expect.fail(path);
  return new TextDecoder().decode(await written(file));
}

const whole = (tensors: ModelTensors, name: string) => tensors.lines(name, 0, tensors.shape(name)[0] ?? 1);

async function difference(tensors: ModelTensors, files: ByteSource[]): Promise<number> {
  let largest = 0;
  for (const tensor of (await readOwnModel('back', files)).tensors) {
    const values = await readOwnValues(tensor);
    const wanted = await whole(tensors, tensor.name);
    values.forEach((value, i) => (largest = Math.max(largest, Math.abs(value - (wanted[i] ?? NaN)))));
    expect(Number.isFinite(largest)).toBe(true);
  }
  return largest;
}

test('merged is W + alpha/√rank · B · A where there is an adapter, by any lines, and the base elsewhere', async () => {
  const base = tensorsOf(await tinyDecoder('llama'));
  const adapter = randomAdapter(base);
  const merged = mergedTensors(base, adapter);
  const module = adapter.modules.find(({ path }) => path.endsWith('1.mlp.down_proj')) ?? expect.fail();
  const name = `${module.path}.weight`;
  const [before, after] = [await whole(base, name), await whole(merged, name)];
  for (const [row, column] of [
    [0, 0],
    [31, 63],
    [7, 20],
  ] as const) {
    let product = 0;
    for (let r = 0; r < 4; r++) product += (module.b[row * 4 + r] ?? 0) * (module.a[r * 64 + column] ?? 0);
    expect(after[row * 64 + column]).toBeCloseTo((before[row * 64 + column] ?? 0) + 4 * product, 6);
  }
  expect(await merged.lines(name, 5, 9)).toEqual(after.subarray(5 * 64, 9 * 64));
  expect(await whole(merged, 'model.norm.weight')).toEqual(await whole(base, 'model.norm.weight'));
  const wrong = { ...adapter, modules: [{ ...module, inputs: 32 }] };
  expect(() => mergedTensors(base, wrong)).toThrow('does not fit');
});

test.each(['llama', 'qwen2', 'qwen3'])('%s: the merged folder and both GGUFs hold the merged values', async (name) => {
  const model = await tinyDecoder(name);
  const base = tensorsOf(model);
  const tensors = mergedTensors(base, randomAdapter(base));
  const decoder = exported(model, tensors);
  expect(await difference(tensors, await sources(mergedFolder(decoder, 'float16', 'tiny')))).toBeLessThan(1e-3);
  for (const [type, tolerance] of [
    ['float16', 1e-3],
    ['q8_0', 1e-2],
  ] as const) {
    const files = await sources([ggufModel('m.gguf', decoder, type)]);
    expect(await difference(tensors, files)).toBeLessThan(tolerance);
    // The base is not the tuned model: the comparison above can fail.
    expect(await difference(base, files)).toBeGreaterThan(5e-2);
    const back = await readOwnModel('back', files);
    expect(back).toMatchObject({ architecture: name, licence: 'apache-2.0' });
    // GGUF has its numbers in float32.
    const { rmsNormEps, ...sizes } = model.config;
    expect(back.config).toMatchObject(sizes);
    expect((back.config as typeof model.config).rmsNormEps).toBeCloseTo(rmsNormEps, 12);
    expect(back.tokenizer).toMatchObject({
      chatTemplate: model.tokenizer.chatTemplate,
      endIds: [2],
      bosToken: '<|im_start|>',
    });
  }
});

test('a merged folder says what it is: config, ends of answers, template, licence, figures', async () => {
  const model = await tinyDecoder('llama');
  const files = mergedFolder(exported(model, tensorsOf(model)), 'float16', 'tiny');
  expect(files.map(({ path }) => path)).toEqual([
    ...['model.safetensors', 'config.json', 'generation_config.json', 'tokenizer.json', 'tokenizer_config.json'],
    ...['chat_template.jinja', 'README.md'],
  ]);
  expect(JSON.parse(await textOf(files, 'config.json'))).toMatchObject({
    ...{ architectures: ['LlamaForCausalLM'], model_type: 'llama', rope_theta: 50_000, tie_word_embeddings: true },
    ...{ eos_token_id: 2, torch_dtype: 'float16' },
  });
  expect(JSON.parse(await textOf(files, 'generation_config.json'))).toMatchObject({ eos_token_id: 2, pad_token_id: 2 });
  expect(await textOf(files, 'tokenizer.json')).toBe(model.tokenizer.json);
  const readme = await textOf(files, 'README.md');
  expect(readme).toMatch(/^---\nbase_model: "hone\/tiny"\n/);
  for (const part of ['license: "apache-2.0"', 'Perplexity 12.5 → 3.1', '`00ff`', 'read as its own file']) {
    expect(readme).toContain(part);
  }
});

test('a PEFT folder: names and values of every adapter, its config, the base and its hash', async () => {
  const base = tensorsOf(await tinyDecoder('llama'));
  const adapter = randomAdapter(base);
  const files = peftFolder(adapter, 'CAUSAL_LM', CARD, 'tiny');
  const [source] = await sources(files.filter(({ path }) => path.endsWith('.safetensors')));
  const { tensors } = await readSafetensors(source ?? expect.fail());
  expect(tensors).toHaveLength(2 * 2 * 4);
  const module = adapter.modules[3] ?? expect.fail();
  for (const [part, shape, values] of [
    ['A', [4, module.inputs], module.a],
    ['B', [module.outputs, 4], module.b],
  ] as const) {
    const name = `base_model.model.${module.path}.lora_${part}.weight`;
    const tensor = tensors.find((one) => one.name === name) ?? expect.fail(name);
    expect(tensor.shape).toEqual(shape);
    expect(await valuesOf(source ?? expect.fail(), tensor)).toEqual(Array.from(values));
  }
  expect(JSON.parse(await textOf(files, 'adapter_config.json'))).toMatchObject({
    ...{ peft_type: 'LORA', task_type: 'CAUSAL_LM', r: 4, lora_alpha: 8, lora_dropout: 0.1, use_rslora: true },
    ...{ target_modules: LORA.targetModules, base_model_name_or_path: 'hone/tiny', bias: 'none', inference_mode: true },
  });
  expect(await textOf(files, 'README.md')).toContain('base_model_relation: adapter');
  // «dense» would stand on a pooler that is not here.
  expect(adapterConfig(adapter, 'FEATURE_EXTRACTION', 'x')['target_modules']).toEqual(
    adapter.modules.map(({ path }) => path),
  );
});

test('a GGUF adapter: alpha that makes the scaling, and B with the rows of its layer', async () => {
  const model = await tinyDecoder('llama');
  const adapter = randomAdapter(tensorsOf(model));
  const bytes = await written(ggufAdapter('a.gguf', adapter, model.config, 'tiny'));
  const source = bytesSource('a.gguf', bytes);
  const { metadata, tensors } = await readGguf(source);
  const values = Object.fromEntries(
    Array.from(metadata, ([key, entry]) => [key, entry.type === 'array' ? null : entry.value]),
  );
  // alpha/√rank = 4, which llama.cpp makes of 16/4.
  expect(values).toMatchObject({
    ...{ 'general.architecture': 'llama', 'general.type': 'adapter', 'adapter.type': 'lora', 'adapter.lora.alpha': 16 },
  });
  expect(tensors).toHaveLength(16);
  const check = async (path: string, name: string, line: (row: number) => number) => {
    const module = adapter.modules.find((one) => one.path === path) ?? expect.fail(path);
    const b = tensors.find((tensor) => tensor.name === `${name}.weight.lora_b`) ?? expect.fail(name);
    expect(b.shape).toEqual([module.outputs, 4]);
    const rows = await valuesOf(source, b);
    for (let row = 0; row < module.outputs; row++) {
      expect(rows.slice(4 * row, 4 * row + 4)).toEqual(Array.from(module.b.subarray(4 * line(row), 4 * line(row) + 4)));
    }
    const a = tensors.find((tensor) => tensor.name === `${name}.weight.lora_a`) ?? expect.fail(name);
    expect(await valuesOf(source, a)).toEqual(Array.from(module.a));
  };
  await check('model.layers.1.self_attn.q_proj', 'blk.1.attn_q', (row) => lineOfGgufRow(row, 8));
  await check('model.layers.0.self_attn.k_proj', 'blk.0.attn_k', (row) => lineOfGgufRow(row, 8));
  await check('model.layers.0.mlp.down_proj', 'blk.0.ffn_down', (row) => row);
  expect([0, 1, 2, 7, 8, 9].map((row) => lineOfGgufRow(row, 8))).toEqual([0, 4, 1, 7, 8, 12]);
});

test('a tokenizer that cuts words in a way without a name makes no GGUF', async () => {
  const model = await tinyDecoder('llama');
  const decoder = exported(model, tensorsOf(model));
  const json = decoder.tokenizer.json.replace('"Digits"', '"Whitespace"');
  expect(json).not.toBe(decoder.tokenizer.json);
  const other = { ...decoder, tokenizer: { ...decoder.tokenizer, json } };
  expect(() => ggufModel('m.gguf', other, 'float16')).toThrow(expect.objectContaining({ code: 'model-unsupported' }));
});

const chatMl = (system: string) => (messages: readonly PlainMessage[]) => {
  const all =
    messages[0]?.role === 'system' || system === '' ? messages : [{ role: 'system', content: system }, ...messages];
  return `${all.map(({ role, content }) => `<|im_start|>${role}\n${content}<|im_end|>\n`).join('')}<|im_start|>assistant\n`;
};

test('a Modelfile: the template where it is ChatML, the system message that it adds, the ends of answers', async () => {
  const text = async (render: Parameters<typeof modelfile>[1]) =>
    new TextDecoder().decode(await written(modelfile('m.gguf', render, ['<|im_end|>'])));
  const plain = await text(chatMl(''));
  expect(plain).toMatch(/^FROM \.\/m\.gguf\nTEMPLATE """\{\{- range \.Messages \}\}<\|im_start\|>\{\{ \.Role \}\}/);
  expect(plain).toContain('PARAMETER stop "<|im_end|>"');
  expect(plain).not.toContain('SYSTEM');
  expect(await text(chatMl('Be kind.'))).toContain('SYSTEM """Be kind."""');
  expect(chatMlSystem(() => 'something else')).toBeUndefined();
  expect(await text(() => 'something else')).not.toContain('TEMPLATE """');
  const throws = () => {
    throw new Error('no system role');
  };
  expect(chatMlSystem(throws)).toBeUndefined();
});
