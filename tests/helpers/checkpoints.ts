/** The tiny random checkpoints of tests/fixtures/checkpoints, as scripts/fixtures/tiny-checkpoints.py made them. */
import { readdirSync, readFileSync } from 'node:fs';
import { type ByteSource, bytesSource } from '../../src/core/formats/byte-source';

const folder = new URL('../fixtures/checkpoints/', import.meta.url);

export interface ExpectedStep {
  /** Rows of token ids. */
  ids: number[][];
  /** Of decoders the mean cross-entropy of each next token, of encoders the mean square of the last states. */
  loss: number;
  /** Logits or states of each row's last token. */
  rows: number[][];
  gradientNorms: Record<string, number>;
}

/** The files of a checkpoint's folder, by their names in it. */
export function checkpointFiles(name: string): ByteSource[] {
  const path = new URL(`${name}/`, folder);
  return readdirSync(path).map((file) => bytesSource(file, new Uint8Array(readFileSync(new URL(file, path)))));
}

/** llama's checkpoint as a GGUF, `ffn_down` in Q8_0 and the other matrices in F16. */
export function checkpointGguf(): ByteSource {
  return bytesSource('llama.gguf', new Uint8Array(readFileSync(new URL('llama.gguf', folder))));
}

/** What `transformers` makes of a checkpoint. */
export function expectedStep(name: string): ExpectedStep {
  return JSON.parse(readFileSync(new URL(`${name}/expected.json`, folder), 'utf8')) as ExpectedStep;
}
