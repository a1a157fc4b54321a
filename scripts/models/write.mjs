/** The folder of a model: shards of at most 16 MiB, tokenizer, manifest, licence and notice. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256Of } from './wheel.mjs';

const SHARD_BYTES = 16 * 1024 * 1024;

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/**
 * Writes the folder of a built-in model anew; throws where its card says other figures. `tensors` are named
 * `{name, shape, dtype, bytes}`, `decoder` has what the manifest says of a decoder's tokenizer. Gives a line about it.
 */
export async function writeModel(vite, id, { config, tensors, tokenizer, prompt, decoder, licence, notice }) {
  const { findModel } = await vite.ssrLoadModule('/src/core/models/registry.ts');
  const { parseManifest } = await vite.ssrLoadModule('/src/core/models/manifest.ts');
  const entry = findModel(id);
  const target = join(root, 'public', entry.folder);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const write = (file, bytes) => {
    writeFileSync(join(target, file), bytes);
    return { file, bytes: bytes.length, sha256: sha256Of(bytes) };
  };

  const bytes = Buffer.concat(tensors.map((tensor) => tensor.bytes));
  let byteOffset = 0;
  const entries = tensors.map(({ name, shape, dtype, bytes: { length: byteLength } }) => {
    byteOffset += byteLength;
    return { name, shape, dtype, byteOffset: byteOffset - byteLength, byteLength };
  });
  const count = Math.ceil(bytes.length / SHARD_BYTES);
  const shards = Array.from({ length: count }, (_, i) =>
    write(`model-${number(i + 1)}-of-${number(count)}.bin`, bytes.subarray(i * SHARD_BYTES, (i + 1) * SHARD_BYTES)),
  );
  const manifest = {
    format: 'hone-model',
    version: 1,
    id,
    title: entry.title,
    architecture: entry.family,
    config,
    tensors: entries,
    shards,
    tokenizer: { ...write('tokenizer.json', tokenizer), kind: entry.tokenizer, ...(prompt && { prompt }), ...decoder },
    sha256: sha256Of(bytes),
    card: entry.card,
  };
  const parameters = tensors.reduce((sum, { shape }) => sum + shape.reduce((size, side) => size * side, 1), 0);
  if (entry.card.parameters !== parameters || entry.card.bytes !== bytes.length) {
    throw new Error(`The card of ${id} must say parameters ${parameters} and bytes ${bytes.length}.`);
  }
  const text = `${JSON.stringify(manifest, null, 1)}\n`;
  parseManifest(text);
  write('manifest.json', Buffer.from(text));
  write('LICENSE', licence);
  write('NOTICE', Buffer.from(notice));
  return `${entry.folder}: ${tensors.length} tensors, ${parameters} parameters, ${count} shards, sha256 ${manifest.sha256}`;
}

function number(n) {
  return String(n).padStart(5, '0');
}
