import { expect, test } from 'vitest';
import { type ByteSource, bytesSource } from '../../../src/core/formats/byte-source';
import { type GgufValue } from '../../../src/core/formats/gguf-values';
import { readGguf } from '../../../src/core/formats/gguf';
import { ggufFile } from '../../../src/core/formats/gguf-writer';
import { packedTensor } from '../../../src/core/formats/planned-tensor';
import { readSafetensors } from '../../../src/core/formats/safetensors';
import { safetensorsFile } from '../../../src/core/formats/safetensors-writer';
import { type OwnModel, ownModelSize, readOwnTensor, readOwnValues } from '../../../src/core/models/own-model';
import { readOwnModel } from '../../../src/core/models/read-own-model';
import { checkpointFiles, checkpointGguf, expectedStep } from '../../helpers/checkpoints';
import { written } from '../../helpers/format-files';

const NAMES = ['llama', 'qwen2', 'qwen3', 'bert', 'xlm-roberta'] as const;

const text = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));

/** The files of a checkpoint, some of them others: null leaves one out. */
function changed(name: string, files: Record<string, unknown>): ByteSource[] {
  const kept = checkpointFiles(name).filter(({ file }) => !Object.hasOwn(files, file));
  const others = Object.entries(files).filter(([, value]) => value !== null);
  return [
    ...kept,
    ...others.map(([file, value]) => bytesSource(file, value instanceof Uint8Array ? value : text(value))),
  ];
}

async function jsonOf(name: string, file: string): Promise<Record<string, unknown>> {
  const source = checkpointFiles(name).find((one) => one.file === file) ?? expect.fail(file);
  return JSON.parse(new TextDecoder().decode(await source.read(0, source.size))) as Record<string, unknown>;
}

async function valuesByName({ tensors }: OwnModel): Promise<Map<string, Float32Array>> {
  return new Map(await Promise.all(tensors.map(async (one) => [one.name, await readOwnValues(one)] as const)));
}

async function refusal(files: ByteSource[]): Promise<{ code: string; message: string }> {
  const error = await readOwnModel('mine', files).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: expect.stringMatching(/^model-/), details: { file: expect.any(String) } });
  return error as { code: string; message: string };
}

test.each(NAMES)('%s: config, tokenizer, and every parameter that its gradient has', async (name) => {
  const model = await readOwnModel('mine', checkpointFiles(name));
  expect(model.architecture).toBe(name);
  expect(model.config).toMatchObject({ hiddenSize: 32, layers: 2, heads: 4, intermediateSize: 64 });
  const names = model.tensors.map((tensor) => tensor.name);
  const trained = Object.keys(expectedStep(name).gradientNorms);
  expect(trained.filter((one) => !names.includes(one) && !one.startsWith('pooler.'))).toEqual([]);
  // Places follow one another, as in a manifest.
  let end = 0;
  for (const tensor of model.tensors) {
    expect(tensor.byteOffset).toBe(end);
    end += tensor.byteLength;
    expect((await readOwnTensor(tensor)).length).toBe(tensor.byteLength);
  }
  expect(ownModelSize(model).bytes).toBe(end);
});

test('what the kinds differ in: biases, norms of heads, tables, positions, types of values, templates', async () => {
  const [llama, qwen2, qwen3, bert, xlm] = await Promise.all(
    NAMES.map((name) => readOwnModel('mine', checkpointFiles(name))),
  );
  expect(llama?.config).toEqual({
    ...{ vocabSize: 320, hiddenSize: 32, layers: 2, heads: 4, keyValueHeads: 2, headSize: 8, intermediateSize: 64 },
    ...{ maxPositions: 128, rmsNormEps: 1e-6, ropeTheta: 50_000, tiedEmbeddings: true },
  });
  expect(qwen2?.config).toMatchObject({ attentionBias: true, tiedEmbeddings: true, ropeTheta: 10_000 });
  expect(qwen2?.tensors[0]?.dtype).toBe('bfloat16');
  expect(new Set(qwen2?.tensors.map(({ source }) => source.file)).size).toBe(2);
  expect(qwen3?.config).toMatchObject({ queryKeyNorm: true, headSize: 16, tiedEmbeddings: false });
  expect(qwen3?.tensors.at(-1)).toMatchObject({ name: 'lm_head.weight', dtype: 'float16' });
  expect(llama?.tokenizer).toMatchObject({
    kind: 'bpe',
    bosToken: '<|im_start|>',
    eosToken: '<|im_end|>',
    endIds: [2],
  });
  expect(llama?.tokenizer.chatTemplate).toContain('add_generation_prompt');
  expect(bert?.tokenizer).toMatchObject({ kind: 'wordpiece', chatTemplate: null });
  expect(xlm?.tokenizer.kind).toBe('unigram');
  expect(bert?.config.maxPositions).toBe(128);
  // The first two rows of the table are of no position.
  expect(xlm?.config.maxPositions).toBe(126);
  const source = checkpointFiles('xlm-roberta').find(({ file }) => file === 'model.safetensors') ?? expect.fail();
  const stored =
    (await readSafetensors(source)).tensors.find(({ name }) => name.includes('position_emb')) ?? expect.fail();
  const table = xlm?.tensors.find(({ name }) => name.includes('position_emb')) ?? expect.fail();
  const first = await source.read(stored.byteOffset + 2 * 32 * 4, stored.byteOffset + stored.byteLength);
  expect(await readOwnTensor(table)).toEqual(first);
});

test('a GGUF of the same model: the same config, tokens and values, with q and k put back in order', async () => {
  const folder = await readOwnModel('mine', checkpointFiles('llama'));
  const gguf = await readOwnModel('mine', [checkpointGguf()]);
  expect(gguf.config).toEqual(folder.config);
  expect(gguf.licence).toBe('apache-2.0');
  const [ours, theirs] = [await valuesByName(gguf), await valuesByName(folder)];
  expect([...ours.keys()]).toEqual([...theirs.keys()]);
  for (const [name, values] of theirs) {
    const found = ours.get(name) ?? expect.fail(name);
    // Halves, and blocks of 8 bits for down_proj.
    const tolerance = name.includes('down_proj') ? 4e-3 : 3e-4;
    values.forEach((value, i) => expect(Math.abs(value - (found[i] ?? NaN)), name).toBeLessThan(tolerance));
  }
  const a = JSON.parse(gguf.tokenizer.json) as Record<string, Record<string, unknown>>;
  const b = JSON.parse(folder.tokenizer.json) as Record<string, Record<string, unknown>>;
  expect(a['model']?.['merges']).toEqual(b['model']?.['merges']);
  expect(a['model']?.['vocab']).toEqual(b['model']?.['vocab']);
  expect(a['added_tokens']).toEqual(b['added_tokens']);
  expect({ ...gguf.tokenizer, json: '' }).toEqual({ ...folder.tokenizer, json: '' });
});

test('some lines of a turned matrix are the same as those of all of it', async () => {
  const { tensors } = await readOwnModel('mine', [checkpointGguf()]);
  const tensor = tensors.find(({ name }) => name.endsWith('0.self_attn.k_proj.weight')) ?? expect.fail();
  const all = await readOwnValues(tensor);
  for (const [from, to] of [
    [0, 3],
    [5, 11],
    [8, 16],
  ] as const) {
    expect(await readOwnValues(tensor, from, to)).toEqual(all.subarray(from * 32, to * 32));
  }
});

test('an older head and stored positions of an encoder are left out; its names may begin with its kind', async () => {
  const source = checkpointFiles('bert').find(({ file }) => file === 'model.safetensors') ?? expect.fail();
  const { tensors } = await readSafetensors(source);
  const planned = tensors.map(({ name, shape, byteOffset, byteLength }) => {
    const chunks = async function* () {
      yield await source.read(byteOffset, byteOffset + byteLength);
    };
    return { name: `bert.${name}`, shape, dtype: 'float32' as const, chunks };
  });
  const more = ['classifier.weight', 'cls.predictions.bias', 'bert.embeddings.position_ids'].map((name) =>
    packedTensor(name, [2], 'float32', () => new Float32Array(2)),
  );
  const file = await written(safetensorsFile('model.safetensors', [...planned, ...more]));
  const config = { ...(await jsonOf('bert', 'config.json')), architectures: ['BertForSequenceClassification'] };
  const model = await readOwnModel('mine', changed('bert', { 'model.safetensors': file, 'config.json': config }));
  expect(model.tensors).toHaveLength(5 + 2 * 16);
});

test.each<[string, string, Record<string, unknown>, string]>([
  [
    'another architecture',
    'llama',
    { architectures: ['GPT2LMHeadModel'] },
    '«GPT2LMHeadModel»; known are LlamaForCausalLM',
  ],
  ['no architecture', 'llama', { architectures: null }, '«not named»'],
  [
    'stretched positions',
    'llama',
    { rope_parameters: { rope_type: 'llama3', rope_theta: 1 } },
    'rope_type is "llama3"',
  ],
  ['another activation', 'llama', { hidden_act: 'gelu' }, 'hidden_act is "gelu"'],
  ['biases on every product', 'llama', { attention_bias: true }, 'attention_bias is true'],
  ['sliding windows', 'qwen2', { use_sliding_window: true }, 'use_sliding_window is true'],
  ['heads that make no groups', 'llama', { num_key_value_heads: 3 }, 'num_key_value_heads is 3'],
  ['a layer too many', 'llama', { num_hidden_layers: 3 }, '«model.layers.2.input_layernorm.weight» is missing'],
  ['a layer too few', 'llama', { num_hidden_layers: 1 }, 'a parameter «model.layers.1.'],
  ['another width', 'llama', { intermediate_size: 65 }, 'the config asks for [65, 32]'],
  ['a table of fewer rows than ids', 'llama', { vocab_size: 100 }, 'the config asks for [100, 32]'],
  ['an output table that is missing', 'llama', { tie_word_embeddings: false }, '«lm_head.weight» is missing'],
  ['a size that is no number', 'bert', { hidden_size: '32' }, 'hidden_size is "32"'],
  ['relative positions', 'bert', { position_embedding_type: 'relative_key' }, 'position_embedding_type'],
  ['a tanh GELU', 'bert', { hidden_act: 'gelu_new' }, 'hidden_act is "gelu_new"'],
])('%s is refused with what it is', async (_, name, fields, reason) => {
  const config = { ...(await jsonOf(name, 'config.json')), ...fields };
  expect((await refusal(changed(name, { 'config.json': config }))).message).toContain(reason);
});

test('files that are missing, pickles, foreign tokenizers and indexes that lie are refused by name', async () => {
  const of = async (name: string, files: Record<string, unknown>) => (await refusal(changed(name, files))).message;
  expect(await of('llama', { 'config.json': null })).toContain('the file config.json is missing');
  expect(await of('llama', { 'config.json': '{' })).toContain('config.json cannot be used: it is not JSON');
  expect(await of('llama', { 'tokenizer.json': null })).toContain('the file tokenizer.json is missing');
  expect(await of('llama', { 'model.safetensors': null })).toContain('the file model.safetensors is missing');
  expect(await of('llama', { 'model.safetensors': null, 'pytorch_model.bin': 'x' })).toContain('it is a pickle');
  expect(await of('qwen2', { 'model-00002-of-00002.safetensors': null })).toContain(
    'model-00002-of-00002.safetensors is',
  );
  const index = await jsonOf('qwen2', 'model.safetensors.index.json');
  const map = {
    ...(index['weight_map'] as Record<string, string>),
    'model.norm.weight': 'model-00001-of-00002.safetensors',
  };
  expect(await of('qwen2', { 'model.safetensors.index.json': { weight_map: map } })).toContain(
    'which the index places elsewhere',
  );
  expect(await of('llama', { 'tokenizer.json': await jsonOf('bert', 'tokenizer.json') })).toContain(
    '«WordPiece», not bpe',
  );
  const tokenizer = await jsonOf('llama', 'tokenizer.json');
  const added = [...(tokenizer['added_tokens'] as unknown[]), { id: 320, content: 'more' }];
  expect(await of('llama', { 'tokenizer.json': { ...tokenizer, added_tokens: added } })).toContain(
    "ids up to 320, and the model's table has 320 rows",
  );
});

test('the licence is the card’s', async () => {
  const card = '---\nlicense: mit\ntags: []\n---\n# Mine\nlicense: other\n';
  expect((await readOwnModel('mine', changed('llama', { 'README.md': card }))).licence).toBe('mit');
  expect((await readOwnModel('mine', checkpointFiles('llama'))).licence).toBeNull();
});

/** llama.gguf with other metadata and tensors of noughts. */
async function ggufWith(
  metadata: Record<string, GgufValue>,
  leave: (name: string) => boolean = () => false,
  type = 'float16',
) {
  const header = await readGguf(checkpointGguf());
  const tensors = header.tensors
    .filter(({ name }) => !leave(name))
    .map(({ name, shape, dtype }) => {
      const size = shape.slice(1).reduce((product, side) => product * side, 1);
      const to = dtype === 'float32' || type === 'float32' ? 'float32' : 'float16';
      return packedTensor(name, shape, to, (from, end) => new Float32Array((end - from) * size));
    });
  const file = ggufFile('m.gguf', new Map([...header.metadata, ...Object.entries(metadata)]), tensors);
  return [bytesSource('m.gguf', await written(file))];
}

test('a GGUF of another kind, of an adapter, with stretched positions or foreign words is refused with what it is', async () => {
  const string = (value: string): GgufValue => ({ type: 'string', value });
  const uint = (value: number): GgufValue => ({ type: 'uint32', value });
  const of = async (metadata: Record<string, GgufValue>, leave?: (name: string) => boolean) =>
    (await refusal(await ggufWith(metadata, leave))).message;
  expect(await of({ 'general.architecture': string('gemma') })).toContain('«gemma»; known are llama, qwen2, qwen3');
  expect(await of({ 'general.type': string('adapter') })).toContain('it holds adapter');
  expect(await of({ 'llama.rope.scaling.type': string('yarn') })).toContain('stretched');
  expect(await of({ 'llama.rope.dimension_count': uint(4) })).toContain('only 4 of 8');
  expect(await of({ 'llama.attention.head_count': uint(0) })).toContain('attention.head_count is missing');
  expect(await of({ 'tokenizer.ggml.pre': string('llama-bpe') })).toContain('words cut by «llama-bpe»');
  expect(await of({ 'tokenizer.ggml.model': string('llama') })).toContain('its tokenizer is «llama»');
  expect(await of({}, (name) => name === 'blk.1.ffn_up.weight')).toContain(
    '«model.layers.1.mlp.up_proj.weight» is missing',
  );
  expect(await of({ 'llama.block_count': uint(1) })).toContain('a parameter «model.layers.1.');
  await expect(readOwnModel('mine', [checkpointGguf(), checkpointGguf()])).rejects.toMatchObject({
    message: /several GGUF/,
  });
});

test('values in a type that is not read are named', async () => {
  const bytes = await checkpointGguf().read(0, checkpointGguf().size);
  const at = Buffer.from(bytes).indexOf('blk.0.attn_q.weight') + 19 + 4 + 16;
  expect(bytes[at]).toBe(1);
  bytes[at] = 25;
  expect((await refusal([bytesSource('m.gguf', bytes)])).message).toContain('is stored as I16. Types that can be read');
});

test('the head of a card: licences by their name, languages in any of YAML’s plain forms, codes alone', async () => {
  const of = async (head: string) => {
    const { licence, languages } = await readOwnModel('mine', changed('llama', { 'README.md': `---\n${head}\n---\n` }));
    return { licence, languages };
  };
  expect(await of('license: other\nlicense_name: llama3.2\nlanguage:\n- en\n- de\n- multilingual')).toEqual({
    licence: 'llama3.2',
    languages: ['en', 'de'],
  });
  expect(await of('language: [en, "pt-BR"]\nlicense: "apache-2.0"')).toEqual({
    licence: 'apache-2.0',
    languages: ['en', 'pt-BR'],
  });
  expect(await of('language: fr')).toEqual({ licence: null, languages: ['fr'] });
  expect(await of('tags: []')).toEqual({ licence: null, languages: [] });
});

test('a decoder without a token that ends an answer is refused; one that is named by its id alone is found', async () => {
  const said = await jsonOf('llama', 'tokenizer_config.json');
  const config = await jsonOf('llama', 'config.json');
  const { eos_token: _, ...without } = said;
  const found = await readOwnModel('mine', changed('llama', { 'tokenizer_config.json': without }));
  expect(found.tokenizer).toMatchObject({ eosToken: '<|im_end|>', endIds: [2] });
  const { eos_token_id: __, ...endless } = config;
  expect((await refusal(changed('llama', { 'tokenizer_config.json': without, 'config.json': endless }))).message).toBe(
    'mine cannot be used here: it names no token that ends an answer (eos_token). Add it to tokenizer_config.json, or choose another model.',
  );
});

test('sentence-transformers: pooling, length and prompt are taken over, other modules and ways to pool refused by name', async () => {
  const module = (kind: string, path = '') => ({
    idx: 0,
    name: '0',
    path,
    type: `sentence_transformers.models.${kind}`,
  });
  const modules = [module('Transformer'), module('Pooling', '1_Pooling')];
  const of = (files: Record<string, unknown>) => readOwnModel('mine', changed('bert', files));
  const files = {
    'modules.json': modules,
    '1_Pooling/config.json': { pooling_mode_cls_token: true, pooling_mode_mean_tokens: false },
    'sentence_bert_config.json': { max_seq_length: 64 },
    'config_sentence_transformers.json': { prompts: { query: 'query: ' }, default_prompt_name: 'query' },
  };
  expect(await of(files)).toMatchObject({ config: { pooling: 'first' }, maxTokens: 64, prompt: 'query: ' });
  const plain = await of({});
  expect(plain).toMatchObject({ maxTokens: 128, prompt: '' });
  expect(plain.config).not.toHaveProperty('pooling');
  const refused = async (change: Record<string, unknown>) =>
    (await refusal(changed('bert', { ...files, ...change }))).message;
  expect(await refused({ '1_Pooling/config.json': { pooling_mode_max_tokens: true } })).toBe(
    "1_Pooling/config.json cannot be used here: a text's vector is made by «max_tokens»; known are the mean of its tokens and the first token. Choose another model.",
  );
  expect(await refused({ 'modules.json': [...modules, module('Dense', '2_Dense')] })).toBe(
    'modules.json cannot be used here: its vectors go through «Dense»; known are Transformer, Pooling, Normalize. Choose another model.',
  );
  expect(await refused({ '1_Pooling/config.json': null })).toContain('the file 1_Pooling/config.json is missing');
});
