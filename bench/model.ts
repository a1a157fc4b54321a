/** The built-in model for the bench: as the engine loads it, and as plain values in the layout of its files. */
import { readFile } from 'node:fs/promises';
import { halfToFloat } from '../src/core/formats/float16';
import { parseManifest } from '../src/core/models/manifest';
import { DEFAULT_MODEL_ID, findModel } from '../src/core/models/registry';
import type { Subject } from '../src/engine/bench/trial';
import { type BertConfig, parseConfig } from '../src/engine/models/bert/config';
import { loadModel } from '../src/engine/models/read-model';
import { builtInModel } from '../tests/helpers/models';

/** Parameters by Hugging Face name; linear layers are [outputs, inputs]. */
export interface PlainModel {
  config: BertConfig;
  arrays: Map<string, { shape: number[]; values: Float32Array }>;
}

/** Reads the committed folder; `layers` below the model's own leaves the upper ones out. */
export async function readPlainModel(layers?: number): Promise<PlainModel> {
  const base = new URL(`../public/${findModel(DEFAULT_MODEL_ID).folder}/`, import.meta.url);
  const { config: written, shards, tensors } = parseManifest(await readFile(new URL('manifest.json', base), 'utf8'));
  const config = parseConfig(written);
  const parts = await Promise.all(shards.map(({ file }) => readFile(new URL(file, base))));
  const packed = Uint8Array.from(Buffer.concat(parts)).buffer;
  const kept = Math.min(layers ?? config.layers, config.layers);
  const isKept = (name: string): boolean => Number(/^encoder\.layer\.(\d+)\./.exec(name)?.[1] ?? -1) < kept;
  return {
    config: { ...config, layers: kept },
    arrays: new Map(
      tensors
        .filter(({ name }) => isKept(name))
        .map(({ name, shape, byteOffset, byteLength }) => [
          name,
          { shape, values: halfToFloat(new Uint16Array(packed, byteOffset, byteLength / 2)) },
        ]),
    ),
  };
}

/** The model on the device, as the engine loads it; with fewer layers, the upper ones are simply not run. */
export async function loadSubject(layers?: number): Promise<Subject> {
  const { family, config, weights } = await loadModel(builtInModel());
  return { family, config: { ...config, layers: Math.min(layers ?? config.layers, config.layers) }, weights };
}
