/** The folder of a decoder small enough for a test: a token a byte, the marks of chats, random weights. */
import { createHash } from 'node:crypto';
import type { FileEntry, ModelManifest } from '../../src/core/models/manifest';
import { findModel } from '../../src/core/models/registry';
import { LETTER_OF_BYTE } from '../../src/core/text/byte-level';
import { type NamedArray } from '../../src/engine/models/weights';
import { smolLm2Tokens } from './smollm2';
import { tinyLlama, tinyLlamaArrays } from './tiny-llama';

const CONTROLS = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'];
const VOCABULARY = 260;
const ID = 'SmolLM2-135M-Instruct';

/** File name → bytes. It answers to the id of the built-in one. */
export function tinyWriterFiles(seed = 1): Map<string, Uint8Array<ArrayBuffer>> {
  const { title, card } = findModel(ID);
  const arrays: NamedArray[] = tinyLlamaArrays(seed, { ...tinyLlama, vocabSize: VOCABULARY, maxPositions: 512 });
  let byteOffset = 0;
  const tensors = arrays.map(({ name, shape, values }) => {
    const tensor = { name, shape: [...shape], dtype: 'float32' as const, byteOffset, byteLength: values.byteLength };
    byteOffset += values.byteLength;
    return tensor;
  });
  const packed = new Uint8Array(byteOffset);
  arrays.forEach(({ values }, i) =>
    packed.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), tensors[i]?.byteOffset),
  );
  const files = new Map([
    ['model-00001-of-00001.bin', packed],
    ['tokenizer.json', encode(tokenizer())],
    ['LICENSE', new TextEncoder().encode('Apache License\n')],
    ['NOTICE', new TextEncoder().encode('Tiny, made up for a test.\n')],
  ]);
  const entry = (file: string): FileEntry => {
    const bytes = files.get(file) ?? new Uint8Array();
    return { file, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  };
  const manifest: ModelManifest = {
    format: 'hone-model',
    version: 1,
    id: ID,
    title,
    architecture: 'llama',
    config: { ...tinyLlama, vocabSize: VOCABULARY, maxPositions: 512 },
    tensors,
    shards: [entry('model-00001-of-00001.bin')],
    tokenizer: { ...smolLm2Tokens, ...entry('tokenizer.json'), kind: 'bpe' },
    sha256: entry('model-00001-of-00001.bin').sha256,
    card: { ...card, parameters: byteOffset / 4, bytes: byteOffset, maxTokens: 512 },
  };
  return files.set('manifest.json', encode(manifest));
}

function tokenizer(): unknown {
  const tokens = [...CONTROLS, ...LETTER_OF_BYTE];
  return {
    version: '1.0',
    added_tokens: CONTROLS.map((content, id) => ({
      ...{ id, content, special: true },
      ...{ single_word: false, lstrip: false, rstrip: false, normalized: false },
    })),
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    model: {
      ...{ type: 'BPE', dropout: null, unk_token: null, byte_fallback: false, ignore_merges: false },
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: [],
    },
  };
}

function encode(json: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(json));
}
