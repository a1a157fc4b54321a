/** The folder of a tiny random model of the second family: its word table and matrices in q4_0 blocks, the rest in float32. */
import { createHash } from 'node:crypto';
import { createRandom, deriveSeed } from '../../../../src/core/random';
import type { TensorEntry } from '../../../../src/core/models/manifest';
import { tinyModelFiles } from '../../../helpers/tiny-model';
import { randomBlocks } from '../../../helpers/packed-blocks';
import { isLinearWeight, type MixerConfig, WORDS } from './config';
import { mixer } from './family';
import { fileName } from './weights';

const CONFIG: MixerConfig = { vocabSize: 40, hiddenSize: 32, layers: 2, maxPositions: 32 };

/** File name → bytes. */
export function mixerFiles(): Map<string, Uint8Array<ArrayBuffer>> {
  const tiny = tinyModelFiles();
  const tokenizer = tiny.get('tokenizer.json') ?? new Uint8Array();
  const tensors: TensorEntry[] = [];
  const parts: Uint8Array[] = [];
  let byteOffset = 0;
  for (const name of mixer.allNames(CONFIG)) {
    const { vocabSize, hiddenSize } = CONFIG;
    const packed = name === WORDS || isLinearWeight(name);
    const shape = [...(packed ? [name === WORDS ? vocabSize : hiddenSize] : []), hiddenSize];
    const bytes = packed ? blocksOf(name, shape) : floats(name, shape);
    const dtype = packed ? 'q4_0' : 'float32';
    tensors.push({ name: fileName(name), shape, dtype, byteOffset, byteLength: bytes.length });
    parts.push(bytes);
    byteOffset += bytes.length;
  }
  const packed = Uint8Array.from(Buffer.concat(parts));
  const entry = (file: string, bytes: Uint8Array) => ({ file, bytes: bytes.length, sha256: sha256(bytes) });
  const manifest = {
    ...JSON.parse(new TextDecoder().decode(tiny.get('manifest.json'))),
    id: 'tiny-mixer',
    title: 'Tiny mixer',
    architecture: mixer.id,
    config: CONFIG,
    tensors,
    shards: [entry('model.bin', packed)],
    tokenizer: entry('tokenizer.json', tokenizer),
    sha256: sha256(packed),
  };
  return new Map([
    ['manifest.json', Uint8Array.from(new TextEncoder().encode(JSON.stringify(manifest)))],
    ['tokenizer.json', Uint8Array.from(tokenizer)],
    ['model.bin', packed],
  ]);
}

/** Words as far apart as a table of values up to 1 has them, matrices near nothing. */
function blocksOf(name: string, [lines = 0, lineLength = 0]: readonly number[]): Uint8Array {
  return randomBlocks(deriveSeed(11, name), lines, lineLength, name === WORDS ? 1 : 0.2);
}

function floats(name: string, shape: readonly number[]): Uint8Array {
  const random = createRandom(deriveSeed(5, name));
  const centre = name.endsWith('scale') ? 1 : 0;
  const size = shape.reduce((product, side) => product * side, 1);
  return new Uint8Array(Float32Array.from({ length: size }, () => centre + (random() - 0.5) * 0.4).buffer);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
