/** The folder of a model small enough for a test: manifest, tokenizer with thirty words, weights in two shards. */
import { createHash } from 'node:crypto';
import { floatToHalf } from '../../src/core/formats/float16';
import type { FileEntry, ModelManifest } from '../../src/core/models/manifest';
import { findModel } from '../../src/core/models/registry';
import type { BertConfig } from '../../src/engine/models/bert/config';
import { tinyArrays, tinyConfig } from './tiny-bert';

const SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
/** Words that a test may build texts from; everything else is [UNK]. */
export const TINY_WORDS = [
  ...['win', 'cash', 'prize', 'free', 'claim', 'now', 'urgent', 'call', 'offer', 'click'],
  ...['meet', 'lunch', 'home', 'late', 'see', 'you', 'love', 'mum', 'work', 'tea'],
  ...['the', 'a', 'to', 'and', 'is', 'in', 'at', 'for', 'one', 'two'],
];

/** File name → bytes. The model answers to the id of a built-in one, since no other may be asked for. */
export function tinyModelFiles(
  seed = 1,
  modelId = 'all-MiniLM-L6-v2',
  words: readonly string[] = TINY_WORDS,
  config: BertConfig = tinyConfig,
): Map<string, Uint8Array<ArrayBuffer>> {
  const { id, title, card } = findModel(modelId);
  const tensors: ModelManifest['tensors'] = [];
  const halves: number[] = [];
  for (const [name, { shape, values }] of tinyArrays(seed, config)) {
    tensors.push({ name, shape, dtype: 'float16', byteOffset: halves.length * 2, byteLength: values.length * 2 });
    halves.push(...floatToHalf(values));
  }
  const packed = new Uint8Array(Uint16Array.from(halves).buffer);
  const middle = packed.length >> 1;
  const files = new Map([
    ['model-00001-of-00002.bin', packed.slice(0, middle)],
    ['model-00002-of-00002.bin', packed.slice(middle)],
    ['tokenizer.json', encode(tokenizer(words))],
  ]);
  const entry = (file: string): FileEntry => {
    const bytes = files.get(file) ?? new Uint8Array();
    return { file, bytes: bytes.length, sha256: sha256(bytes) };
  };
  const manifest: ModelManifest = {
    format: 'hone-model',
    version: 1,
    id,
    title,
    architecture: 'bert',
    config,
    tensors,
    shards: [entry('model-00001-of-00002.bin'), entry('model-00002-of-00002.bin')],
    tokenizer: { ...entry('tokenizer.json'), kind: 'wordpiece', prompt: '' },
    sha256: sha256(packed),
    card: { ...card, parameters: halves.length, bytes: packed.length, maxTokens: 32 },
  };
  return files.set('manifest.json', encode(manifest));
}

function tokenizer(words: readonly string[]): unknown {
  const tokens = [...SPECIAL, ...words];
  const template = [{ SpecialToken: { id: '[CLS]', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }];
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: SPECIAL.map((content, id) => ({
      id,
      content,
      special: true,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
    })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [...template, { SpecialToken: { id: '[SEP]', type_id: 0 } }],
      pair: [...template, { SpecialToken: { id: '[SEP]', type_id: 0 } }],
      special_tokens: {
        '[CLS]': { id: '[CLS]', ids: [2], tokens: ['[CLS]'] },
        '[SEP]': { id: '[SEP]', ids: [3], tokens: ['[SEP]'] },
      },
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
    },
  };
}

function encode(json: unknown): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(new TextEncoder().encode(JSON.stringify(json)));
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
