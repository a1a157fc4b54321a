/**
 * Writes what is exported of a decoder with a random adapter into folders, for the reference tools to read: the base, the
 * PEFT folder, the merged folder in float32 and float16, GGUFs of the base, the merged model and the adapter, a zip of the
 * PEFT folder; and the prompts, rendered, with which they are compared.
 */
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Template } from '@huggingface/jinja';
import { ggufAdapter, ggufModel } from '../../src/core/export/gguf-model';
import { type ExportedDecoder, mergedFolder } from '../../src/core/export/merged-folder';
import { type LoraAdapter, mergedTensors, type ModelTensors } from '../../src/core/export/model-tensors';
import { modelfile } from '../../src/core/export/modelfile';
import { peftFolder } from '../../src/core/export/peft-folder';
import { readPeftAdapter } from '../../src/core/export/read-adapter';
import { keptAdapter } from '../../src/core/export/trained-adapter';
import { type ByteSource, bytesSource } from '../../src/core/formats/byte-source';
import type { PlannedFile } from '../../src/core/formats/planned-file';
import { unpackValues } from '../../src/core/formats/tensor-types';
import { ZipFolder } from '../../src/core/formats/zip-writer';
import type { DecoderConfig } from '../../src/core/models/decoder-config';
import { parseManifest } from '../../src/core/models/manifest';
import { chatReaderOf } from '../../src/core/text/chat-reader';
import type { ChatRole } from '../../src/core/text/conversation';
import { encodePrompt } from '../../src/core/text/examples';
import { adapterWeights } from '../../src/engine/adapters/adapter';
import { Writer } from '../../src/engine/generate/writer';
import { placeDecoder, readDecoder } from '../../src/engine/models/read-model';
import { disposeWeights } from '../../src/engine/models/weights';
import { builtInModel } from '../../tests/helpers/models';
import { startBackend } from '../../tests/helpers/tf-node';
import { CARD, exported, LORA, randomAdapter, tensorsOf, tinyDecoder } from '../../tests/helpers/exported';
import { write } from './write-files';

const SMOLLM2 = 'SmolLM2-135M-Instruct';
const ALL_TARGETS = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'];
/** Large enough to change what the model says, small enough that it still says something. */
const SIZES: Readonly<Record<string, number>> = { smollm2: 0.03 };

const QUESTIONS = (
  'What is honing?|Name three colours.|Write one line about rain.|How do I sort a list?|Say hello.|What is 2 + 3?|' +
  'Describe a cat.|Why is the sky blue?|Translate «water» into French.|Who wrote Hamlet?|Give a tip for sleep.|' +
  'What is a verb?|Name a river.|Finish: once upon a|What rhymes with blade?|List two fruits.|What is SQL?|' +
  'Explain rust.|Is ice cold?|Tell a short joke.'
).split('|');

/**
 * Writes the exports of one model under `folder`; `name` is `smollm2` or a checkpoint of tests/fixtures, `peftFolder` where
 * the adapter is, if it is not a random one.
 */
export async function writeExports(name: string, folder: string, adapterFolder?: string): Promise<void> {
  const base = name === 'smollm2' ? builtIn(SMOLLM2) : await checkpoint(name);
  const random = { ...LORA, targetModules: ALL_TARGETS };
  const adapter =
    adapterFolder === undefined
      ? randomAdapter(base.tensors, random, SIZES[name] ?? 0.2)
      : await readPeftAdapter(
          source(adapterFolder, 'adapter_config.json'),
          source(adapterFolder, 'adapter_model.safetensors'),
        );
  const merged = { ...base, tensors: mergedTensors(base.tensors, adapter) };
  // The adapter says where its base is.
  const card = { ...CARD, base: join(folder, 'base') };
  await write(join(folder, 'base'), mergedFolder(base, 'float32', 'base'));
  const peft = peftFolder(adapter, 'CAUSAL_LM', card, 'peft');
  await write(join(folder, 'peft'), peft);
  await write(join(folder, 'merged-float32'), mergedFolder(merged, 'float32', 'merged'));
  await write(join(folder, 'merged'), mergedFolder(merged, 'float16', 'merged'));
  const template = new Template(base.tokenizer.chatTemplate);
  const special = { bos_token: base.tokenizer.bosToken, eos_token: base.tokenizer.eosToken };
  const render = (messages: readonly { role: string; content: string }[]): string =>
    template.render({ messages: messages.map((message) => ({ ...message })), add_generation_prompt: true, ...special });
  await write(folder, [
    ggufModel('base-float16.gguf', base, 'float16'),
    ggufModel('model-float16.gguf', merged, 'float16'),
    ggufModel('model-q8_0.gguf', merged, 'q8_0'),
    ggufAdapter('adapter.gguf', adapter, base.config, 'random'),
    modelfile('model-q8_0.gguf', render, [base.tokenizer.eosToken]),
  ]);
  await writeZip(join(folder, 'peft.zip'), 'peft', peft);
  const chats = QUESTIONS.map((content, i) => [
    ...(i % 3 === 0 ? [{ role: 'system', content: 'Be brief.' }] : []),
    { role: 'user', content },
    ...(i % 5 === 0
      ? [
          { role: 'assistant', content: 'Well.' },
          { role: 'user', content: 'Go on.' },
        ]
      : []),
  ]);
  const ids = name === 'smollm2' ? await engineLogits(chats, adapter, join(folder, 'engine-logits.f32')) : null;
  writeFileSync(join(folder, 'prompts.json'), JSON.stringify({ chats, rendered: chats.map(render), ids }));
}

/** The shipped model alone, its blocks unpacked to float32, as transformers reads it. */
export async function writeBase(folder: string): Promise<void> {
  await write(folder, mergedFolder(builtIn(SMOLLM2), 'float32', 'base'));
}

/** The values of each next word by the engine, as a run has them: the base in its blocks, the adapter beside. The prompts' ids. */
async function engineLogits(
  chats: readonly (readonly { role: string; content: string }[])[],
  adapter: LoraAdapter,
  path: string,
): Promise<number[][]> {
  await startBackend('wasm');
  const model = await readDecoder(builtInModel(SMOLLM2));
  const { lora, tensors } = keptAdapter(adapter);
  const base = placeDecoder(model);
  const tuned = { ...base, weights: new Map([...base.weights, ...adapterWeights(tensors)]), lora };
  const reader = chatReaderOf(model.manifest.tokenizer, model.tokenizerJson);
  const file = openSync(path, 'w');
  const all: number[][] = [];
  for (const chat of chats) {
    const ids = encodePrompt(reader, {
      messages: chat.map(({ role, content }) => ({ role: role as ChatRole, content })),
    });
    const { writer, logits } = await Writer.begin(tuned, [ids], 1);
    writer.dispose();
    for (const values of logits) writeSync(file, new Uint8Array(values.slice().buffer));
    all.push([...ids]);
  }
  closeSync(file);
  disposeWeights(tuned.weights);
  return all;
}

function source(folder: string, file: string): ByteSource {
  return bytesSource(file, new Uint8Array(readFileSync(join(folder, file))));
}

async function writeZip(path: string, folder: string, files: readonly PlannedFile[]): Promise<void> {
  const file = openSync(path, 'w');
  const zip = new ZipFolder(folder, { write: (bytes, at) => void writeSync(file, bytes, 0, bytes.length, at) });
  for (const one of files) await zip.add(one);
  await zip.end();
  closeSync(file);
}

async function checkpoint(name: string): Promise<ExportedDecoder> {
  const model = await tinyDecoder(name);
  return exported(model, tensorsOf(model));
}

/** A built-in model, from its folder. */
function builtIn(id: string): ExportedDecoder {
  const read = (file: string): Buffer => readFileSync(join('public/models', id, file));
  const manifest = parseManifest(read('manifest.json').toString('utf8'));
  const bytes = Buffer.concat(manifest.shards.map(({ file }) => read(file)));
  const byName = new Map(manifest.tensors.map((tensor) => [tensor.name, tensor]));
  const find = (name: string) => byName.get(name) ?? fail(`There is no ${name}.`);
  const tensors: ModelTensors = {
    names: [...byName.keys()],
    shape: (name) => find(name).shape,
    lines(name, from, to) {
      const { shape, dtype, byteOffset, byteLength } = find(name);
      const [height = 1, width = 1] = shape;
      const line = byteLength / height;
      const values = new Float32Array((to - from) * width);
      unpackValues(dtype, bytes.subarray(byteOffset + from * line, byteOffset + to * line), values);
      return values;
    },
  };
  const { chatTemplate, bosToken, eosToken, endIds } = manifest.tokenizer;
  if (chatTemplate === undefined || eosToken === undefined) return fail(`${id} has no template.`);
  const tokenizer = {
    json: read('tokenizer.json').toString('utf8'),
    chatTemplate,
    bosToken: bosToken ?? null,
    eosToken,
    endIds: endIds ?? [],
  };
  // Not parsed again: it is the manifest of a shipped model, which is a decoder by its card.
  return { config: manifest.config as unknown as DecoderConfig, tensors, tokenizer, card: CARD };
}

function fail(message: string): never {
  throw new Error(message);
}
